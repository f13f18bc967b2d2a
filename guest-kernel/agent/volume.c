/* Volumes: how full they are, how large they are to be, and disks to swap to. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <sys/swap.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "agent.h"
#include "agent.pb.h"
#include "csi.pb.h"
#include "storage.h"

/* EXT4_IOC_RESIZE_FS of the kernel's fs/ext4/ext4.h */
#define EXT4_RESIZE _IOW('f', 16, uint64_t)

enum code volume_stats(struct call *call, void *message, void *reply)
{
	const grpc_VolumeStatsRequest *request = message;
	grpc_VolumeStatsResponse *answer = reply;
	grpc_VolumeUsage *bytes, *files;
	struct statvfs volume;

	if (statvfs(word(request->volume_guest_path), &volume) < 0)
		return fail_errno(call, word(request->volume_guest_path));
	if (!(bytes = reply_more(&answer->usage, &answer->usage_count, sizeof *bytes)))
		return fail(call, RESOURCE_EXHAUSTED, "out of memory");
	bytes->unit = grpc_VolumeUsage_Unit_BYTES;
	bytes->total = volume.f_blocks * volume.f_frsize;
	bytes->available = volume.f_bavail * volume.f_frsize;
	bytes->used = (volume.f_blocks - volume.f_bfree) * volume.f_frsize;
	if (!(files = reply_more(&answer->usage, &answer->usage_count, sizeof *files)))
		return fail(call, RESOURCE_EXHAUSTED, "out of memory");
	files->unit = grpc_VolumeUsage_Unit_INODES;
	files->total = volume.f_files;
	files->available = volume.f_favail;
	files->used = volume.f_files - volume.f_ffree;
	answer->has_volume_condition = true;
	return OK;
}

/* The disk below is the host's to resize; what is on it, where that is ext4, is resized here. */
enum code resize_volume(struct call *call, void *message, void *reply)
{
	const grpc_ResizeVolumeRequest *request = message;
	const char *path = word(request->volume_guest_path);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum code code = OK;
	struct statfs volume;
	uint64_t blocks;

	(void)reply;
	if (fd < 0)
		return fail_errno(call, path);
	if (fstatfs(fd, &volume) < 0)
		code = fail_errno(call, path);
	else if (volume.f_type != EXT4_SUPER_MAGIC)
		code = fail(call, UNIMPLEMENTED, "only ext4 is resized: \"%.120s\"", path);
	else if ((blocks = request->size / (uint64_t)volume.f_bsize) == 0)
		code = fail(call, INVALID_ARGUMENT, "a volume has a size");
	else if (ioctl(fd, EXT4_RESIZE, &blocks) < 0)
		code = fail_errno(call, path);
	close(fd);
	return code;
}

/* The first entry of a folder that begins so; false: there is none. */
static bool entry_of(const char *folder, const char *prefix, char *name, size_t size)
{
	DIR *all = opendir(folder);
	const struct dirent *entry;
	bool found = false;

	while (all && !found && (entry = readdir(all)))
		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 && *entry->d_name != '.')
			found = snprintf(name, size, "%s", entry->d_name) < (int)size;
	if (all)
		closedir(all);
	return found;
}

/* From the root bus, a slot for each bridge and one for the device, which is a virtio disk. */
static int disk_at(const uint32_t *slots, size_t count, char *path, size_t size)
{
	char folder[512] = "/sys/devices/pci0000:00", bus[16] = "0000:00", name[64];

	for (size_t i = 0; i < count; i++) {
		const size_t used = strlen(folder);

		if (slots[i] > 31 || used > sizeof folder - 64)
			return errno = EINVAL, -1;
		snprintf(folder + used, sizeof folder - used, "/%s:%02x.0", bus, slots[i]);
		if (i + 1 < count) {
			char buses[600];

			snprintf(buses, sizeof buses, "%s/pci_bus", folder);
			if (!entry_of(buses, "0000:", bus, sizeof bus))
				return errno = ENODEV, -1;
		}
	}
	if (!entry_of(folder, "virtio", name, sizeof name))
		return errno = ENODEV, -1;
	snprintf(folder + strlen(folder), sizeof folder - strlen(folder), "/%.60s/block", name);
	if (!entry_of(folder, "", name, sizeof name))
		return errno = ENODEV, -1;
	return snprintf(path, size, "/dev/%s", name) < (int)size ? 0 : -1;
}

enum code add_swap(struct call *call, void *message, void *reply)
{
	const grpc_AddSwapRequest *request = message;
	char path[80];

	(void)reply;
	if (!request->pci_path_count || request->pci_path_count > 8)
		return fail(call, INVALID_ARGUMENT, "a disk has a path of one to eight slots");
	if (disk_at(request->pci_path, request->pci_path_count, path, sizeof path) < 0)
		return fail_errno(call, "the disk to swap to");
	return swapon(path, 0) < 0 ? fail_errno(call, path) : OK;
}
