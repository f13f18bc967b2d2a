/* A container's limits, as files of its cgroup. What version 2 has no file for, or this kernel, is refused. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "container.h"

static enum code put(struct call *call, const struct container *container, const char *file, const char *value)
{
	if (container->cgroup < 0)
		return fail(call, FAILED_PRECONDITION, "there are no cgroups of version 2 here, and so no %s", file);
	if (cgroup_write(container->cgroup, file, value) == 0)
		return OK;
	if (errno == ENOENT)
		return fail(call, FAILED_PRECONDITION, "cgroups have no %s here", file);
	return fail_errno(call, file);
}

/* A negative number: no limit; 0: as it is. */
static enum code put_number(struct call *call, const struct container *container, const char *file, int64_t value)
{
	char text[24] = "max";

	if (!value)
		return OK;
	if (value > 0)
		snprintf(text, sizeof text, "%lld", (long long)value);
	return put(call, container, file, text);
}

static enum code limit_memory(struct call *call, const struct container *container, const grpc_LinuxMemory *memory)
{
	/* Version 1 counts memory and swap together. */
	int64_t swap = memory->swap > 0 && memory->limit > 0 ? memory->swap - memory->limit : memory->swap;
	enum code code;

	if (memory->kernel > 0 || memory->kernel_tcp > 0 || memory->swappiness || memory->disable_oom_killer)
		return fail(call, UNIMPLEMENTED, "cgroups of version 2 know neither kernel memory nor swappiness nor an OOM killer that is off");
	if (memory->swap > 0 && (swap < 0 || memory->limit <= 0))
		return fail(call, INVALID_ARGUMENT, "memory and swap together are at least the memory's limit");
	/* First what could be in the other's way: swap may not shrink below what there is. */
	code = put_number(call, container, "memory.max", memory->limit);
	if (code == OK && memory->swap > 0 && swap == 0)
		code = put(call, container, "memory.swap.max", "0");
	else if (code == OK)
		code = put_number(call, container, "memory.swap.max", swap);
	return code == OK ? put_number(call, container, "memory.low", memory->reservation) : code;
}

static enum code limit_processors(struct call *call, const struct container *container, const grpc_LinuxCPU *cpu)
{
	enum code code = OK;
	char text[64];

	if (cpu->realtime_runtime || cpu->realtime_period)
		return fail(call, UNIMPLEMENTED, "cgroups of version 2 know no time for real-time processes");
	if (cpu->shares) {
		/* 2 to 262144 become 1 to 10000. */
		const uint64_t shares = cpu->shares < 2 ? 2 : cpu->shares > 262144 ? 262144 : cpu->shares;

		snprintf(text, sizeof text, "%llu", (unsigned long long)(1 + (shares - 2) * 9999 / 262142));
		code = put(call, container, "cpu.weight", text);
	}
	if (code == OK && (cpu->quota || cpu->period)) {
		char quota[24] = "max";

		if (cpu->quota > 0)
			snprintf(quota, sizeof quota, "%lld", (long long)cpu->quota);
		snprintf(text, sizeof text, "%s %llu", quota, (unsigned long long)(cpu->period ? cpu->period : 100000));
		/* A period alone changes nothing where there is no quota. */
		if (cpu->quota)
			code = put(call, container, "cpu.max", text);
	}
	if (code == OK && *word(cpu->cpus))
		code = put(call, container, "cpuset.cpus", cpu->cpus);
	if (code == OK && *word(cpu->mems))
		code = put(call, container, "cpuset.mems", cpu->mems);
	return code;
}

static enum code throttle(struct call *call, const struct container *container, const char *what,
	const grpc_LinuxThrottleDevice *devices, size_t count)
{
	char text[96];

	for (size_t i = 0; i < count; i++) {
		enum code code;

		snprintf(text, sizeof text, "%llu:%llu %s=%llu", (unsigned long long)devices[i].major, (unsigned long long)devices[i].minor,
			what, (unsigned long long)devices[i].rate);
		code = put(call, container, "io.max", text);
		if (code != OK)
			return code;
	}
	return OK;
}

static enum code limit_blocks(struct call *call, const struct container *container, const grpc_LinuxBlockIO *io)
{
	enum code code = OK;

	if (io->leaf_weight || io->weight_device_count)
		return fail(call, UNIMPLEMENTED, "weights of block devices one by one are not for this agent");
	if (io->weight)
		code = put_number(call, container, "io.weight", 1 + ((int64_t)io->weight - 10) * 9999 / 990);
	if (code == OK)
		code = throttle(call, container, "rbps", io->throttle_read_bps_device, io->throttle_read_bps_device_count);
	if (code == OK)
		code = throttle(call, container, "wbps", io->throttle_write_bps_device, io->throttle_write_bps_device_count);
	if (code == OK)
		code = throttle(call, container, "riops", io->throttle_read_iops_device, io->throttle_read_iops_device_count);
	if (code == OK)
		code = throttle(call, container, "wiops", io->throttle_write_iops_device, io->throttle_write_iops_device_count);
	return code;
}

static enum code limit_rest(struct call *call, const struct container *container, const grpc_LinuxResources *resources)
{
	enum code code = OK;
	char file[64];

	if (resources->has_pids)
		code = put_number(call, container, "pids.max", resources->pids.limit);
	for (pb_size_t i = 0; code == OK && i < resources->hugepage_limits_count; i++) {
		const grpc_LinuxHugepageLimit *limit = &resources->hugepage_limits[i];

		if (!*word(limit->pagesize) || strchr(limit->pagesize, '/') || strlen(limit->pagesize) > 16)
			return fail(call, INVALID_ARGUMENT, "there are no pages of \"%.60s\"", word(limit->pagesize));
		snprintf(file, sizeof file, "hugetlb.%s.max", limit->pagesize);
		code = limit->limit ? put_number(call, container, file, (int64_t)limit->limit) : put(call, container, file, "0");
	}
	if (code == OK && resources->devices_count) {
		if (container->cgroup < 0)
			return fail(call, FAILED_PRECONDITION, "there are no cgroups of version 2 here, and so no rules for devices");
		if (devices_limit(container->cgroup, resources->devices, resources->devices_count) < 0)
			return fail_errno(call, "rules for devices");
	}
	return code;
}

enum code cgroup_limit(struct call *call, const struct container *container, const grpc_LinuxResources *resources)
{
	enum code code = OK;

	if (resources->has_network && (resources->network.class_id || resources->network.priorities_count))
		return fail(call, UNIMPLEMENTED, "cgroups of version 2 know no classes of network packets");
	if (resources->has_memory)
		code = limit_memory(call, container, &resources->memory);
	if (code == OK && resources->has_cpu)
		code = limit_processors(call, container, &resources->cpu);
	if (code == OK && resources->has_block_io)
		code = limit_blocks(call, container, &resources->block_io);
	return code == OK ? limit_rest(call, container, resources) : code;
}
