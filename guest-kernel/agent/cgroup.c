/* Control groups, version 2. Where a guest has none, containers run without, and what needs them is refused. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "container.h"

#define OWN_PLACE "/run/jvmm-agent/cgroup"

static bool is_there(const char *path)
{
	struct statfs files;

	return statfs(path, &files) == 0 && files.f_type == CGROUP2_SUPER_MAGIC;
}

/* The hierarchy's root; -1: there is none. A guest that mounts none gets it from the agent. */
static int open_top(void)
{
	static const char *const places[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified", OWN_PLACE };
	static const char flags_of_systemd[] = "nsdelegate";
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (is_there(places[i]))
			return open(places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (make_folders(OWN_PLACE, 0755) < 0 || mount("cgroup2", OWN_PLACE, "cgroup2", flags, flags_of_systemd) < 0)
		return -1;
	return open(OWN_PLACE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int top(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open_top();
	return fd;
}

int cgroup_write(int folder, const char *file, const char *value)
{
	int fd = openat(folder, file, O_WRONLY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return -1;
	if (write(fd, value, strlen(value)) < 0)
		error = errno;
	close(fd);
	return error ? (errno = error, -1) : 0;
}

ssize_t cgroup_read(int folder, const char *file, char *into, size_t size)
{
	int fd = openat(folder, file, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, into, size - 1);

	if (fd >= 0)
		close(fd);
	into[n > 0 ? n : 0] = 0;
	return n;
}

bool cgroup_number(const char *text, const char *name, uint64_t *value)
{
	const size_t length = strlen(name);

	for (const char *at = text; at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
		if (strncmp(at, name, length) == 0 && at[length] == ' ') {
			*value = strtoull(at + length + 1, NULL, 10);
			return true;
		}
	return false;
}

bool cgroup_is(int folder, const char *what, uint64_t value)
{
	char text[256];
	uint64_t now;

	return cgroup_read(folder, "cgroup.events", text, sizeof text) > 0 && cgroup_number(text, what, &now) && now == value;
}

/* In pieces: there may be any number of them. Those of groups below are left to cgroup.kill. */
unsigned cgroup_signal(int folder, int number)
{
	int fd = openat(folder, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	FILE *list = fd < 0 ? NULL : fdopen(fd, "r");
	char line[32];
	unsigned told = 0;

	if (!list) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while (fgets(line, sizeof line, list)) {
		const pid_t pid = (pid_t)strtol(line, NULL, 10);

		/* 0: of another PID namespace, and none of ours */
		if (pid > 1 && kill(pid, number) == 0)
			told++;
	}
	fclose(list);
	return told;
}

/* What there is of controllers is for the groups below, too; each for itself, as some may be taken. */
static void hand_down(int folder)
{
	char all[512], one[64];

	if (cgroup_read(folder, "cgroup.controllers", all, sizeof all) <= 0)
		return;
	for (char *rest, *at = strtok_r(all, " \n", &rest); at; at = strtok_r(NULL, " \n", &rest)) {
		snprintf(one, sizeof one, "+%.60s", at);
		cgroup_write(folder, "cgroup.subtree_control", one);
	}
}

/* "slice:prefix:name" is systemd's way to say it. */
static int path_of(const struct container *container, char *path, size_t size)
{
	const char *asked = word(container->asked.oci.linux.cgroups_path);
	const char *first = strchr(asked, ':'), *second = first ? strchr(first + 1, ':') : NULL;
	int length;

	if (!*asked)
		length = snprintf(path, size, "jvmm/%s", container->id);
	else if (second)
		length = snprintf(path, size, "%.*s/%.*s-%s.scope", (int)(first - asked), asked, (int)(second - first - 1), first + 1, second + 1);
	else
		length = snprintf(path, size, "%s", asked);
	if (length < 0 || (size_t)length >= size)
		return errno = ENAMETOOLONG, -1;
	for (const char *at = path; *at; at += strcspn(at, "/"), at += strspn(at, "/"))
		if (at[0] == '.' && (at[strcspn(at, "/") - 1] == '.'))
			return errno = EINVAL, -1;
	return 0;
}

static int make_path(char *path)
{
	int folder = fcntl(top(), F_DUPFD_CLOEXEC, 3);

	for (char *name = strtok(path, "/"); name && folder >= 0; name = strtok(NULL, "/")) {
		int below = -1;

		hand_down(folder);
		if (mkdirat(folder, name, 0755) == 0 || errno == EEXIST)
			below = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(folder);
		folder = below;
	}
	return folder;
}

enum code cgroup_make(struct call *call, struct container *container)
{
	const grpc_Linux *part = &container->asked.oci.linux;
	char path[512], work[512];

	if (path_of(container, path, sizeof path) < 0)
		return fail_errno(call, "cgroups_path");
	if (top() >= 0) {
		strcpy(work, path);
		container->cgroup_path = strdup(path);
		container->cgroup = make_path(work);
		if (container->cgroup < 0 || !container->cgroup_path)
			return fail_errno(call, "cannot make its cgroup");
		/* One that others are in is not the container's alone, to be frozen and killed. */
		if (!cgroup_is(container->cgroup, "populated", 0)) {
			close(container->cgroup);
			container->cgroup = -1;
			return fail(call, ALREADY_EXISTS, "there is somebody in the cgroup %.120s", path);
		}
	}
	return part->has_resources ? cgroup_limit(call, container, &part->resources) : OK;
}

void cgroup_remove(struct container *container)
{
	char *path = container->cgroup_path, *slash;

	if (container->cgroup >= 0) {
		close(container->cgroup);
		/* Folders above go, too, where they were this container's alone. */
		do {
			if (unlinkat(top(), path + strspn(path, "/"), AT_REMOVEDIR) < 0)
				break;
			slash = strrchr(path, '/');
			if (slash)
				*slash = 0;
		} while (slash && *(path + strspn(path, "/")));
	}
	container->cgroup = -1;
	free(path);
	container->cgroup_path = NULL;
}
