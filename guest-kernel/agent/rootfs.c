/*
 * A container's file system, made by the copy that becomes its first process, in a mount namespace of its own. Mounts go to descriptors
 * that the kernel has looked up inside of the root (inside.c): by /proc/self/fd of the guest, which is there until the root is entered.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "container.h"
#include "storage.h"

struct making {
	const struct container *container;
	int root;
	char *about;
	size_t size;
};

static void about(struct making *making, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(making->about, making->size, format, list);
	va_end(list);
}

struct fd_path {
	char text[32];
};

static struct fd_path fd_path(int fd)
{
	struct fd_path path;

	snprintf(path.text, sizeof path.text, "/proc/self/fd/%d", fd);
	return path;
}

/* A bind takes no flags at first; what the file system below forbids stays forbidden. */
static int remount(int root, const char *where, unsigned long flags)
{
	int fd = open_inside(root, where, O_PATH), result;
	struct statvfs now;

	if (fd < 0)
		return -1;
	result = fstatvfs(fd, &now);
	if (result == 0) {
		flags |= now.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC);
		result = mount(NULL, fd_path(fd).text, NULL, MS_BIND | MS_REMOUNT | (flags & ~(unsigned long)MS_REC), NULL);
	}
	close(fd);
	return result;
}

static int propagate(int root, const char *where, unsigned long propagation)
{
	int fd = open_inside(root, where, O_PATH), result;

	if (fd < 0)
		return -1;
	result = mount(NULL, fd_path(fd).text, NULL, propagation, NULL);
	close(fd);
	return result;
}

/* A descriptor from before is of the guest's mounts, of which this process has copies: by its path it is one of those. */
static int bind_open(int fd, int target)
{
	char path[4096];
	ssize_t length = readlink(fd_path(fd).text, path, sizeof path - 1);

	if (length <= 0)
		return errno = ENOENT, -1;
	path[length] = 0;
	return mount(path, fd_path(target).text, NULL, MS_BIND, NULL);
}

/* The cgroups of version 2: as the container's own namespace has them, else its own folder. */
static int mount_cgroup(const struct making *making, int target, unsigned long flags)
{
	const grpc_Linux *part = &making->container->asked.oci.linux;

	for (pb_size_t i = 0; i < part->namespaces_count; i++)
		if (namespace_flag(word(part->namespaces[i].type)) == CLONE_NEWCGROUP)
			return mount("cgroup", fd_path(target).text, "cgroup2", flags, NULL);
	return bind_open(making->container->cgroup, target);
}

static int mount_one(struct making *making, const grpc_Mount *wanted)
{
	const char *type = word(wanted->type), *source = word(wanted->source), *where = wanted->destination;
	struct mount_options options;
	struct stat file;
	bool bind, cgroup = strcmp(type, "cgroup") == 0 || strcmp(type, "cgroup2") == 0;
	int target, result;

	about(making, "cannot mount %.120s", where);
	if (parse_mount_options(wanted->options, wanted->options_count, &options) < 0)
		return -1;
	bind = options.flags & MS_BIND || strcmp(type, "bind") == 0;
	if (bind && *options.data)
		return about(making, "%.100s: a bind knows no option \"%.60s\"", where, options.data), errno = EINVAL, -1;
	if (bind && stat(source, &file) < 0)
		return about(making, "%.120s", source), -1;
	target = make_inside(making->root, where, !bind || S_ISDIR(file.st_mode));
	if (target < 0)
		return -1;
	if (cgroup)
		result = mount_cgroup(making, target, options.flags);
	else if (bind)
		result = mount(source, fd_path(target).text, NULL, MS_BIND | (options.flags & MS_REC), NULL);
	else
		result = mount(*source ? source : type, fd_path(target).text, type, options.flags, *options.data ? options.data : NULL);
	close(target);
	if (result < 0)
		return -1;
	if ((bind || cgroup) && options.flags & ~(unsigned long)(MS_BIND | MS_REC) &&
	    remount(making->root, where, options.flags & ~(unsigned long)MS_BIND) < 0)
		return -1;
	if (bind && !options.propagation)
		options.propagation = MS_PRIVATE | MS_REC;
	return options.propagation ? propagate(making->root, where, options.propagation) : 0;
}

/* A file is hidden by the null device, a folder by an empty one. What is not there needs no hiding. */
static int mask(struct making *making, const char *where)
{
	int fd = open_inside(making->root, where, O_PATH), result = -1;
	struct stat file;

	about(making, "cannot hide %.120s", where);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	if (fstat(fd, &file) == 0)
		result = S_ISDIR(file.st_mode) ? mount("tmpfs", fd_path(fd).text, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=0k") :
			mount("/dev/null", fd_path(fd).text, NULL, MS_BIND, NULL);
	close(fd);
	return result;
}

static int make_readonly(struct making *making, const char *where)
{
	int fd = open_inside(making->root, where, O_PATH), result;

	about(making, "cannot make %.120s read-only", where);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	result = mount(fd_path(fd).text, fd_path(fd).text, NULL, MS_BIND | MS_REC, NULL);
	close(fd);
	return result < 0 ? -1 : remount(making->root, where, MS_RDONLY);
}

/* By the guest's /proc: what is a namespace's is looked up by whose process writes it. */
static int set_sysctls(struct making *making)
{
	const grpc_Linux *part = &making->container->asked.oci.linux;

	for (pb_size_t i = 0; i < part->sysctl_count; i++) {
		char path[256] = "/proc/sys/";

		strncat(path, part->sysctl[i].key, sizeof path - 20);
		for (char *at = path; *at; at++)
			if (*at == '.')
				*at = '/';
		about(making, "%s", path);
		if (write_text(path, word(part->sysctl[i].value)) < 0)
			return -1;
	}
	return 0;
}

static int make_console(struct making *making)
{
	int fd;

	if (!making->container->asked.oci.process.terminal)
		return 0;
	about(making, "cannot make its console");
	fd = make_inside(making->root, "/dev/console", false);
	if (fd < 0 || bind_open(0, fd) < 0)
		return -1;
	return close(fd);
}

/* The guest's first file system can not be left by pivot_root(2); there the container's is moved on top of it. */
static int enter(int root)
{
	if (fchdir(root) < 0)
		return -1;
	if (syscall(SYS_pivot_root, ".", ".") == 0) {
		/* Nothing that is done to the old root from here on is done to the guest's. */
		if (mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL) < 0 || umount2(".", MNT_DETACH) < 0)
			return -1;
		return chdir("/");
	}
	if (errno != EINVAL)
		return -1;
	if (mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0)
		return -1;
	return chdir("/");
}

static int open_root(struct making *making)
{
	const grpc_Spec *spec = &making->container->asked.oci;
	const char *propagation = word(spec->linux.rootfs_propagation);
	unsigned long flags = *propagation ? propagation_named(propagation) : MS_SLAVE | MS_REC;

	about(making, "there is no propagation \"%.60s\"", propagation);
	if (!flags)
		return errno = EINVAL, -1;
	about(making, "cannot part from the guest's mounts");
	/* Shared mounts would be the guest's, too: the container's are made among its own. */
	if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
		return -1;
	about(making, "%.120s", spec->root.path);
	if (mount(spec->root.path, spec->root.path, NULL, MS_BIND | MS_REC, NULL) < 0 ||
	    mount(NULL, spec->root.path, NULL, flags & (MS_SHARED | MS_UNBINDABLE) ? MS_PRIVATE | MS_REC : flags, NULL) < 0)
		return -1;
	making->root = open(spec->root.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return making->root < 0 ? -1 : 0;
}

static int fill(struct making *making)
{
	const grpc_Spec *spec = &making->container->asked.oci;
	bool usual = true;
	int fd;

	for (pb_size_t i = 0; i < spec->mounts_count; i++) {
		if (mount_one(making, &spec->mounts[i]) < 0)
			return -1;
		if (strcmp(spec->mounts[i].destination, "/dev") == 0 && strcmp(word(spec->mounts[i].type), "bind") == 0)
			usual = false;
	}
	if (devices_make(making->root, spec, usual, making->about, making->size) < 0 || make_console(making) < 0 || set_sysctls(making) < 0)
		return -1;
	about(making, "cannot make its folder %.120s", word(spec->process.cwd));
	if (*word(spec->process.cwd)) {
		fd = make_inside(making->root, spec->process.cwd, true);
		if (fd < 0)
			return -1;
		close(fd);
	}
	for (pb_size_t i = 0; i < spec->linux.readonly_paths_count; i++)
		if (make_readonly(making, spec->linux.readonly_paths[i]) < 0)
			return -1;
	for (pb_size_t i = 0; i < spec->linux.masked_paths_count; i++)
		if (mask(making, spec->linux.masked_paths[i]) < 0)
			return -1;
	return 0;
}

int rootfs_enter(const struct container *container, char text[], size_t size)
{
	struct making making = { .container = container, .root = -1, .about = text, .size = size };
	const char *propagation = word(container->asked.oci.linux.rootfs_propagation);

	umask(0);
	if (open_root(&making) < 0 || fill(&making) < 0)
		return -1;
	about(&making, "cannot make its root read-only");
	if (container->asked.oci.root.readonly && remount(making.root, "/", MS_RDONLY) < 0)
		return -1;
	about(&making, "cannot enter its root");
	if (enter(making.root) < 0)
		return -1;
	if (*propagation && mount(NULL, "/", NULL, propagation_named(propagation), NULL) < 0)
		return -1;
	return 0;
}
