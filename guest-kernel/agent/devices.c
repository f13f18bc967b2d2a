/* Device files of containers, and who may use which. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "container.h"

enum { DEVICE_PATIENCE = 100, DEVICE_LOOK_MICROS = 20000, MOST_RULES = 256, PER_RULE = 8, AROUND_RULES = 8 + 9 * 8 };

static const struct {
	const char *path;
	unsigned major, minor;
} usual_devices[] = {
	{ "/dev/null", 1, 3 }, { "/dev/zero", 1, 5 }, { "/dev/full", 1, 7 }, { "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 },
	{ "/dev/tty", 5, 0 },
};

/* What every container may use: those, terminals, and its console. */
static const int usual_rules[][2] = { { 1, 3 }, { 1, 5 }, { 1, 7 }, { 1, 8 }, { 1, 9 }, { 5, 0 }, { 5, 1 }, { 5, 2 }, { 136, -1 } };

static const struct {
	const char *path, *target;
} usual_links[] = {
	{ "/dev/ptmx", "pts/ptmx" }, { "/dev/fd", "/proc/self/fd" }, { "/dev/stdin", "/proc/self/fd/0" },
	{ "/dev/stdout", "/proc/self/fd/1" }, { "/dev/stderr", "/proc/self/fd/2" },
};

/* What an image has in its place is put away, but for the same device. */
static int make_one(int root, const char *path, mode_t mode, dev_t device, uid_t uid, gid_t gid)
{
	const char *name;
	int parent = parent_inside(root, path, &name), result;
	struct stat file;

	if (parent < 0)
		return -1;
	result = mknodat(parent, name, mode, device);
	if (result < 0 && errno == EEXIST && fstatat(parent, name, &file, AT_SYMLINK_NOFOLLOW) == 0) {
		if ((file.st_mode & S_IFMT) == (mode & S_IFMT) && file.st_rdev == device)
			result = 0;
		else if (unlinkat(parent, name, 0) == 0)
			result = mknodat(parent, name, mode, device);
	}
	if (result == 0)
		result = fchownat(parent, name, uid, gid, AT_SYMLINK_NOFOLLOW);
	close(parent);
	return result;
}

static int make_link(int root, const char *path, const char *target)
{
	const char *name;
	int parent = parent_inside(root, path, &name), result;

	if (parent < 0)
		return -1;
	result = symlinkat(target, parent, name);
	close(parent);
	return result < 0 && errno == EEXIST ? 0 : result;
}

static mode_t kind(const char *type)
{
	return strcmp(type, "c") == 0 || strcmp(type, "u") == 0 ? S_IFCHR : strcmp(type, "b") == 0 ? S_IFBLK :
		strcmp(type, "p") == 0 ? S_IFIFO : 0;
}

int devices_make(int root, const grpc_Spec *spec, bool usual, char about[], size_t size)
{
	for (size_t i = 0; usual && i < sizeof usual_devices / sizeof *usual_devices; i++) {
		snprintf(about, size, "cannot make %s", usual_devices[i].path);
		if (make_one(root, usual_devices[i].path, S_IFCHR | 0666, makedev(usual_devices[i].major, usual_devices[i].minor), 0, 0) < 0)
			return -1;
	}
	for (size_t i = 0; usual && i < sizeof usual_links / sizeof *usual_links; i++) {
		snprintf(about, size, "cannot make %s", usual_links[i].path);
		if (make_link(root, usual_links[i].path, usual_links[i].target) < 0)
			return -1;
	}
	for (pb_size_t i = 0; i < spec->linux.devices_count; i++) {
		const grpc_LinuxDevice *device = &spec->linux.devices[i];
		const mode_t type = kind(word(device->type));

		snprintf(about, size, "cannot make the device %.120s", device->path);
		if (!type)
			return errno = EINVAL, -1;
		if (make_one(root, device->path, type | (device->file_mode ? device->file_mode & 0777 : 0666),
			     makedev((unsigned)device->major, (unsigned)device->minor), device->uid, device->gid) < 0)
			return -1;
	}
	return 0;
}

static void take_number(grpc_Spec *spec, const char *path, dev_t device)
{
	grpc_LinuxResources *resources = &spec->linux.resources;

	for (pb_size_t i = 0; i < spec->linux.devices_count; i++) {
		grpc_LinuxDevice *asked = &spec->linux.devices[i];

		if (strcmp(word(asked->path), path) != 0)
			continue;
		for (pb_size_t at = 0; at < resources->devices_count; at++)
			if (resources->devices[at].major == asked->major && resources->devices[at].minor == asked->minor &&
			    strcmp(word(resources->devices[at].type), word(asked->type)) == 0) {
				resources->devices[at].major = major(device);
				resources->devices[at].minor = minor(device);
			}
		asked->major = major(device);
		asked->minor = minor(device);
	}
}

/* The runtime knows a device by the host's numbers; the guest's are others. One that was just attached may take a moment to appear. */
enum code devices_find(struct call *call, grpc_CreateContainerRequest *request)
{
	for (pb_size_t i = 0; i < request->devices_count; i++) {
		const grpc_Device *device = &request->devices[i];
		struct stat file;

		if (*word(device->vm_path) != '/')
			return fail(call, UNIMPLEMENTED, "a device (%.60s) is known by its path in the guest only", word(device->type));
		for (int look = 0; look < DEVICE_PATIENCE && access(device->vm_path, F_OK) < 0; look++)
			usleep(DEVICE_LOOK_MICROS);
		if (stat(device->vm_path, &file) < 0)
			return fail_errno(call, device->vm_path);
		if (!S_ISBLK(file.st_mode) && !S_ISCHR(file.st_mode))
			return fail(call, INVALID_ARGUMENT, "not a device: %.120s", device->vm_path);
		if (*word(device->container_path))
			take_number(&request->oci, device->container_path, file.st_rdev);
	}
	return OK;
}

#define INSN(c, d, s, o, i) ((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (short)(o), .imm = (int)(i) })

static uint32_t access_bits(const char *access)
{
	return (strchr(access, 'r') ? BPF_DEVCG_ACC_READ : 0u) | (strchr(access, 'w') ? BPF_DEVCG_ACC_WRITE : 0u) |
		(strchr(access, 'm') ? BPF_DEVCG_ACC_MKNOD : 0u);
}

/* So many instructions has a rule that always fits. */
enum { ALWAYS = 2 };

/* Registers: 2 the type, 3 the access that is wanted, 4 and 5 the numbers. A rule that does not speak of them all is jumped over. */
static size_t add_rule(struct bpf_insn *at, const grpc_LinuxDeviceCgroup *rule)
{
	const char *type = word(rule->type);
	const uint32_t bits = *word(rule->access) ? access_bits(rule->access) : 7;
	/* The protocol has no way to leave a number out but 0, which no device has for its first, or -1. */
	const bool numbered = (*type == 'c' || *type == 'b') && rule->major > 0;
	struct bpf_insn made[PER_RULE];
	size_t count = 0;

	if (*type == 'c' || *type == 'b')
		made[count++] = INSN(BPF_JMP | BPF_JNE | BPF_K, 2, 0, 0, *type == 'c' ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK);
	if (bits != 7) {
		made[count++] = INSN(BPF_ALU | BPF_MOV | BPF_X, 1, 3, 0, 0);
		made[count++] = INSN(BPF_ALU | BPF_AND | BPF_K, 1, 0, 0, bits);
		/* To be allowed, all that is wanted is in the rule; to be denied, some of it is enough. */
		made[count++] = rule->allow ? INSN(BPF_JMP | BPF_JNE | BPF_X, 1, 3, 0, 0) : INSN(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0, 0);
	}
	if (numbered)
		made[count++] = INSN(BPF_JMP | BPF_JNE | BPF_K, 4, 0, 0, rule->major);
	if (numbered && rule->minor >= 0)
		made[count++] = INSN(BPF_JMP | BPF_JNE | BPF_K, 5, 0, 0, rule->minor);
	made[count++] = INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, rule->allow);
	made[count++] = INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	for (size_t i = 0; i < count; i++) {
		if (BPF_CLASS(made[i].code) == BPF_JMP && BPF_OP(made[i].code) != BPF_EXIT)
			made[i].off = (short)(count - 1 - i);
		at[i] = made[i];
	}
	return count;
}

/* The last rule that fits is the one that counts, so the program asks them from the end. */
int devices_limit(int cgroup, const grpc_LinuxDeviceCgroup *rules, size_t count)
{
	struct bpf_insn program[MOST_RULES * PER_RULE + AROUND_RULES];
	union bpf_attr attribute = { .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE, .insns = (uintptr_t)program,
		.license = (uintptr_t)"GPL" };
	const grpc_LinuxDeviceCgroup everything = { .allow = true };
	size_t used = 0, added = 0;
	int fd, result;

	if (count > MOST_RULES)
		return errno = E2BIG, -1;
	program[used++] = INSN(BPF_LDX | BPF_MEM | BPF_W, 2, 1, 0, 0);
	program[used++] = INSN(BPF_ALU | BPF_MOV | BPF_X, 3, 2, 0, 0);
	program[used++] = INSN(BPF_ALU | BPF_AND | BPF_K, 2, 0, 0, 0xFFFF);
	program[used++] = INSN(BPF_ALU | BPF_RSH | BPF_K, 3, 0, 0, 16);
	program[used++] = INSN(BPF_LDX | BPF_MEM | BPF_W, 4, 1, 4, 0);
	program[used++] = INSN(BPF_LDX | BPF_MEM | BPF_W, 5, 1, 8, 0);
	for (size_t i = 0; i < sizeof usual_rules / sizeof *usual_rules; i++) {
		const grpc_LinuxDeviceCgroup usual = { .allow = true, .type = (char *)"c", .major = usual_rules[i][0],
			.minor = usual_rules[i][1] };

		used += add_rule(program + used, &usual);
	}
	/* Nothing may stand behind a rule for everything. Without one, everything goes: as before there were rules. */
	for (size_t i = count; added != ALWAYS && i-- > 0; used += added)
		added = add_rule(program + used, &rules[i]);
	if (added != ALWAYS)
		used += add_rule(program + used, &everything);
	attribute.insn_cnt = (uint32_t)used;
	fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attribute, sizeof attribute);
	if (fd < 0)
		return -1;
	attribute = (union bpf_attr){ .target_fd = (uint32_t)cgroup, .attach_bpf_fd = (uint32_t)fd, .attach_type = BPF_CGROUP_DEVICE };
	result = (int)syscall(SYS_bpf, BPF_PROG_ATTACH, &attribute, sizeof attribute);
	close(fd);
	return result;
}
