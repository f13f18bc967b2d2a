/* Mounts, for whom they are held, and the name servers. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"
#include "agent.pb.h"
#include "container.h"
#include "guest.pb.h"
#include "storage.h"

enum { DEVICE_PATIENCE = 100, DEVICE_LOOK_MICROS = 20000 };

static const struct {
	const char *name;
	unsigned long set, clear;
} flags[] = {
	{ "ro", MS_RDONLY, 0 }, { "rw", 0, MS_RDONLY }, { "nosuid", MS_NOSUID, 0 }, { "suid", 0, MS_NOSUID },
	{ "nodev", MS_NODEV, 0 }, { "dev", 0, MS_NODEV }, { "noexec", MS_NOEXEC, 0 }, { "exec", 0, MS_NOEXEC },
	{ "sync", MS_SYNCHRONOUS, 0 }, { "async", 0, MS_SYNCHRONOUS }, { "dirsync", MS_DIRSYNC, 0 },
	{ "noatime", MS_NOATIME, 0 }, { "nodiratime", MS_NODIRATIME, 0 }, { "relatime", MS_RELATIME, 0 },
	{ "strictatime", MS_STRICTATIME, 0 }, { "bind", MS_BIND, 0 }, { "rbind", MS_BIND | MS_REC, 0 }, { "defaults", 0, 0 },
	{ "remount", MS_REMOUNT, 0 },
};

static const struct {
	const char *name;
	unsigned long flags;
} propagations[] = {
	{ "private", MS_PRIVATE }, { "rprivate", MS_PRIVATE | MS_REC }, { "slave", MS_SLAVE }, { "rslave", MS_SLAVE | MS_REC },
	{ "shared", MS_SHARED }, { "rshared", MS_SHARED | MS_REC }, { "unbindable", MS_UNBINDABLE },
	{ "runbindable", MS_UNBINDABLE | MS_REC },
};

unsigned long propagation_named(const char *name)
{
	for (size_t i = 0; i < sizeof propagations / sizeof *propagations; i++)
		if (strcmp(propagations[i].name, name) == 0)
			return propagations[i].flags;
	return 0;
}

static bool take_flag(const char *option, struct mount_options *into)
{
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (strcmp(flags[i].name, option) == 0) {
			into->flags = (into->flags | flags[i].set) & ~flags[i].clear;
			return true;
		}
	if (propagation_named(option)) {
		into->propagation = propagation_named(option);
		return true;
	}
	return false;
}

int parse_mount_options(char *const *options, size_t count, struct mount_options *into)
{
	size_t used = 0;

	*into = (struct mount_options){ 0 };
	for (size_t i = 0; i < count; i++) {
		const size_t length = strlen(options[i]);

		if (!length || take_flag(options[i], into))
			continue;
		if (length > sizeof into->data - used - 2)
			return errno = E2BIG, -1;
		if (used)
			into->data[used++] = ',';
		memcpy(into->data + used, options[i], length + 1);
		used += length;
	}
	return 0;
}

int mount_with(const char *source, const char *target, const char *type, const struct mount_options *options)
{
	const bool bind = options->flags & MS_BIND;
	/* A bind takes no other flags; they come by a second look at it. */
	const unsigned long first = bind ? options->flags & (MS_BIND | MS_REC) : options->flags;

	if (mount(source, target, bind ? NULL : type, first, bind || !*options->data ? NULL : options->data) < 0)
		return -1;
	if (bind && options->flags & ~(unsigned long)(MS_BIND | MS_REC) &&
	    mount(NULL, target, NULL, options->flags | MS_REMOUNT, NULL) < 0)
		return -1;
	return options->propagation ? mount(NULL, target, NULL, options->propagation, NULL) : 0;
}

static int make_target(const char *source, const char *target, bool bind)
{
	struct stat file;
	char parent[4096];
	int fd;

	if (stat(target, &file) == 0 || !bind || stat(source, &file) < 0 || S_ISDIR(file.st_mode))
		return make_folders(target, 0755);
	if (snprintf(parent, sizeof parent, "%s", target) >= (int)sizeof parent)
		return errno = ENAMETOOLONG, -1;
	*strrchr(parent, '/') = 0;
	if (*parent && make_folders(parent, 0755) < 0)
		return -1;
	fd = open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	return fd < 0 ? -1 : close(fd);
}

/* A device that was just attached may take a moment to appear. */
static void await_device(const char *source)
{
	for (int i = 0; i < DEVICE_PATIENCE && access(source, F_OK) < 0; i++)
		usleep(DEVICE_LOOK_MICROS);
}

static int change_group(const grpc_Storage *storage)
{
	struct stat file;

	if (!storage->has_fs_group || stat(storage->mount_point, &file) < 0)
		return storage->has_fs_group ? -1 : 0;
	if (chown(storage->mount_point, (uid_t)-1, storage->fs_group.group_id) < 0)
		return -1;
	return chmod(storage->mount_point, (file.st_mode & 07777) | S_ISGID | 0070);
}

static enum code mount_storage(struct call *call, const grpc_Storage *storage)
{
	const char *driver = word(storage->driver), *type = word(storage->fstype), *source = word(storage->source);
	struct mount_options options;

	if (*word(storage->mount_point) != '/')
		return fail(call, INVALID_ARGUMENT, "not an absolute path: \"%.120s\"", word(storage->mount_point));
	if (parse_mount_options(storage->options, storage->options_count, &options) < 0)
		return fail_errno(call, "options");
	if (strcmp(driver, "scsi") == 0 || strcmp(driver, "virtio-fs") == 0 || strcmp(driver, "9p") == 0 || strcmp(driver, "blk") == 0 ||
	    strcmp(driver, "mmioblk") == 0 || strcmp(driver, "nvdimm") == 0 || strcmp(driver, "ephemeral") == 0 ||
	    strcmp(driver, "overlayfs") == 0 || strcmp(driver, "bind") == 0 || !*driver)
		;
	else if (strcmp(driver, "local") == 0)
		return make_folders(storage->mount_point, 0777) < 0 || change_group(storage) < 0 ?
			fail_errno(call, storage->mount_point) : OK;
	else
		return fail(call, UNIMPLEMENTED, "storage of the kind \"%.60s\" is not known", driver);
	if (strcmp(type, "bind") == 0 || strcmp(driver, "bind") == 0)
		options.flags |= MS_BIND;
	if (strncmp(source, "/dev/", 5) == 0 && !(options.flags & MS_BIND))
		await_device(source);
	if (make_target(source, storage->mount_point, options.flags & MS_BIND) < 0 ||
	    mount_with(source, storage->mount_point, type, &options) < 0 || change_group(storage) < 0)
		return fail_errno(call, storage->mount_point);
	return OK;
}

enum code mount_all(struct call *call, const grpc_Storage *storages, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		enum code code = mount_storage(call, &storages[i]);

		if (code != OK)
			return code;
	}
	return OK;
}

enum code mount_storages(struct call *call, void *message, void *reply)
{
	const jvmm_MountRequest *request = message;

	(void)reply;
	return mount_all(call, request->storages, request->storages_count);
}

enum code unmount_path(struct call *call, void *message, void *reply)
{
	const jvmm_UnmountRequest *request = message;

	(void)reply;
	return umount2(word(request->path), UMOUNT_NOFOLLOW | (request->lazily ? MNT_DETACH : 0)) < 0 ?
		fail_errno(call, word(request->path)) : OK;
}

/* Of what is mounted already only the size changes. */
enum code update_ephemeral_mounts(struct call *call, void *message, void *reply)
{
	const grpc_UpdateEphemeralMountsRequest *request = message;

	(void)reply;
	for (pb_size_t i = 0; i < request->storages_count; i++) {
		const grpc_Storage *storage = &request->storages[i];
		struct mount_options options;

		if (strcmp(word(storage->driver), "ephemeral") != 0)
			return fail(call, INVALID_ARGUMENT, "only ephemeral storage can be changed");
		if (parse_mount_options(storage->options, storage->options_count, &options) < 0)
			return fail_errno(call, "options");
		if (mount(word(storage->source), word(storage->mount_point), word(storage->fstype), options.flags | MS_REMOUNT,
			  options.data) < 0)
			return fail_errno(call, word(storage->mount_point));
	}
	return OK;
}

int write_name_servers(char *const *servers, size_t count)
{
	int fd = open("/etc/resolv.conf", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), error = 0;

	if (fd < 0)
		return -1;
	for (size_t i = 0; i < count && !error; i++)
		if (write(fd, servers[i], strlen(servers[i])) < 0 || write(fd, "\n", 1) < 0)
			error = errno;
	close(fd);
	return error ? (errno = error, -1) : 0;
}

/* What is mounted for containers, and for how many. */
struct held {
	struct held *next;
	unsigned count;
	char place[];
};

static struct held *helds;

static struct held **held_at(const char *place)
{
	struct held **at = &helds;

	while (*at && strcmp((*at)->place, place) != 0)
		at = &(*at)->next;
	return at;
}

static enum code hold(struct call *call, const grpc_Storage *storage)
{
	const char *place = word(storage->mount_point);
	struct held *held = *held_at(place);
	enum code code;

	if (held) {
		held->count++;
		return OK;
	}
	held = calloc(1, sizeof *held + strlen(place) + 1);
	if (!held)
		return fail(call, RESOURCE_EXHAUSTED, "out of memory");
	code = mount_storage(call, storage);
	if (code != OK) {
		free(held);
		return code;
	}
	strcpy(held->place, place);
	held->next = helds;
	held->count = 1;
	helds = held;
	return OK;
}

enum code storages_hold(struct call *call, const grpc_Storage *storages, size_t count, unsigned *done)
{
	enum code code = OK;

	for (*done = 0; *done < count && code == OK;) {
		code = hold(call, &storages[*done]);
		*done += code == OK;
	}
	return code;
}

/* The last one out unmounts; a folder of the kind "local" is no mount, and stays. */
void storages_release(const grpc_Storage *storages, size_t count)
{
	while (count-- > 0) {
		struct held **at = held_at(word(storages[count].mount_point)), *held = *at;

		if (!held || --held->count)
			continue;
		umount2(held->place, UMOUNT_NOFOLLOW | MNT_DETACH);
		*at = held->next;
		free(held);
	}
}

enum code nothing_to_do(struct call *call, void *request, void *reply)
{
	(void)call, (void)request, (void)reply;
	return OK;
}

enum code set_policy(struct call *call, void *request, void *reply)
{
	(void)request, (void)reply;
	return fail(call, UNIMPLEMENTED, "this agent has no policy engine, and obeys whatever it is asked");
}
