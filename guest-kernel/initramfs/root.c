/*
 * A root file system that the host gives (boot --root): the kernel's line names it by JVMM_ROOT and its like, which come here as
 * variables. It is mounted, by itself or below a tmpfs that takes what is written, and its init takes our place.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "init.h"

/* A tmpfs: the base, what is written over it, and both together. */
#define PLACE "/mnt"
#define BASE PLACE "/base"
#define ROOT PLACE "/root"
#define LAYERS "lowerdir=" BASE ",upperdir=" PLACE "/upper,workdir=" PLACE "/work"

enum { PATIENCE = 1000, MOST_FLAGS = 512, MOST_VARIABLES = 64 };

static const struct timespec moment = { .tv_nsec = 10000000 };

bool root_given(void)
{
	return getenv("JVMM_ROOT") != NULL;
}

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

/* The kernel's panic tells the host that this was no success. */
static _Noreturn void give_up(const char *what, const char *which)
{
	dprintf(STDERR_FILENO, "init: %s %s: %s\n", what, which, strerror(errno));
	_exit(1);
}

/* Persistent memory comes by and by: first its node, then what is behind. 10 s at most. */
static void await_device(const char *path)
{
	int fd = -1;

	for (int i = 0; fd < 0 && i < PATIENCE; i++) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			nanosleep(&moment, NULL);
	}
	if (fd >= 0)
		close(fd);
}

/* With an option more or less, for what a file system may refuse; the kernel may just be looking for partitions. */
static int mount_with(const char *source, const char *target, const char *type, unsigned long flags, const char *options,
		      const char *more)
{
	char all[MOST_FLAGS];
	int error = -1;

	snprintf(all, sizeof all, "%s%s%s", options, *options && *more ? "," : "", more);
	for (int i = 0; error < 0 && i < PATIENCE; i++) {
		error = mount(source, target, type, flags, all);
		if (error < 0 && errno != EBUSY && errno != ENXIO)
			break;
		if (error < 0)
			nanosleep(&moment, NULL);
	}
	return error;
}

/* DAX and the journal: where the kernel can not map the device, and where a journal would have to be replayed on a disk that is read-only. */
static void mount_source(const char *target, bool writable)
{
	const char *source = variable("JVMM_ROOT"), *type = variable("JVMM_ROOT_TYPE"), *options = variable("JVMM_ROOT_FLAGS");
	const char *dax = getenv("JVMM_ROOT_DAX") ? "dax" : "";
	const unsigned long flags = writable ? 0 : MS_RDONLY;
	const bool ext4 = strcmp(type, "ext4") == 0;

	if (strncmp(source, "/dev/", 5) == 0)
		await_device(source);
	if (mount_with(source, target, type, flags, options, dax) == 0)
		return;
	if (*dax && mount_with(source, target, type, flags, options, "") == 0) {
		say("the root is used without DAX");
		return;
	}
	if (!writable && ext4 && mount_with(source, target, type, flags, options, "noload") == 0) {
		say("the root was not unmounted: what its journal has is left out");
		return;
	}
	give_up("can not mount the root", source);
}

static void mount_root(void)
{
	const bool overlay = getenv("JVMM_ROOT_RW") == NULL;

	if (mount("tmpfs", PLACE, "tmpfs", 0, "mode=755") < 0)
		give_up("can not mount a", "tmpfs");
	mkdir(ROOT, 0755);
	if (!overlay) {
		mount_source(ROOT, true);
		return;
	}
	mkdir(BASE, 0755);
	mkdir(PLACE "/upper", 0755);
	mkdir(PLACE "/work", 0755);
	mount_source(BASE, false);
	if (mount("overlay", ROOT, "overlay", 0, LAYERS) < 0)
		give_up("can not mount an", "overlay");
}

/* What every system has, there before its init: that of a plain one mounts nothing. */
static void mount_in_root(void)
{
	static const struct {
		const char *type, *target, *options;
		unsigned long flags;
	} mounts[] = {
		{ "proc", "proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
		{ "sysfs", "sys", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
		{ "tmpfs", "run", "mode=755", MS_NOSUID | MS_NODEV },
		{ "devpts", "dev/pts", "gid=5,mode=620,ptmxmode=666", MS_NOSUID | MS_NOEXEC },
		{ "tmpfs", "dev/shm", "mode=1777", MS_NOSUID | MS_NODEV },
	};

	mkdir("dev", 0755);
	if (mount("/dev", "dev", NULL, MS_MOVE, NULL) < 0)
		say("the root has no /dev");
	for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
		mkdir(mounts[i].target, 0755);
		if (mount(mounts[i].type, mounts[i].target, mounts[i].type, mounts[i].flags, mounts[i].options) < 0)
			say(mounts[i].target);
	}
}

/* What is not said by it can be freed: this is memory. */
static void forget_ourselves(void)
{
	static const char *const files[] = { "/init", "/bin/busybox", "/bin/jvmm-agent" };

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		unlink(files[i]);
}

static void become_init(char **variables)
{
	static const char *const usual[] = { "/sbin/init", "/etc/init", "/bin/init", "/bin/sh" };
	const char *wanted = getenv("JVMM_INIT");
	char *arguments[2] = { NULL };

	for (size_t i = 0; i < (wanted ? 1 : sizeof usual / sizeof *usual); i++) {
		arguments[0] = (char *)(wanted ? wanted : usual[i]);
		execve(arguments[0], arguments, variables);
		if (errno != ENOENT)
			break;
	}
	give_up("can not start", arguments[0]);
}

_Noreturn void root_enter(void)
{
	char *variables[MOST_VARIABLES + 1];
	size_t count = 0;

	for (size_t i = 0; environ[i] && count < MOST_VARIABLES; i++)
		if (strncmp(environ[i], "JVMM_", 5) != 0)
			variables[count++] = environ[i];
	variables[count] = NULL;
	mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=755");
	mount_root();
	if (chdir(ROOT) < 0)
		give_up("can not enter", ROOT);
	mount_in_root();
	forget_ourselves();
	if (mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0)
		give_up("can not change to", "the root");
	become_init(variables);
	_exit(1);
}
