/* What a container has used, by its cgroup, and what has gone through the sandbox's network. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "container.h"

static uint64_t single(int folder, const char *file)
{
	char text[32];

	return cgroup_read(folder, file, text, sizeof text) <= 0 ? 0 : *text == 'm' ? UINT64_MAX : strtoull(text, NULL, 10);
}

static uint64_t named(const char *text, const char *name)
{
	uint64_t value = 0;

	cgroup_number(text, name, &value);
	return value;
}

static void fill_cpu(int folder, grpc_CpuStats *cpu)
{
	char text[1024];

	if (cgroup_read(folder, "cpu.stat", text, sizeof text) <= 0)
		return;
	/* the protocol counts in nanoseconds */
	cpu->has_cpu_usage = true;
	cpu->cpu_usage.total_usage = named(text, "usage_usec") * 1000;
	cpu->cpu_usage.usage_in_usermode = named(text, "user_usec") * 1000;
	cpu->cpu_usage.usage_in_kernelmode = named(text, "system_usec") * 1000;
	cpu->has_throttling_data = true;
	cpu->throttling_data.periods = named(text, "nr_periods");
	cpu->throttling_data.throttled_periods = named(text, "nr_throttled");
	cpu->throttling_data.throttled_time = named(text, "throttled_usec") * 1000;
}

static void fill_memory(int folder, grpc_MemoryStats *memory)
{
	static char text[8192];
	char events[512];

	memory->has_usage = true;
	memory->usage.usage = single(folder, "memory.current");
	memory->usage.max_usage = single(folder, "memory.peak");
	memory->usage.limit = single(folder, "memory.max");
	if (cgroup_read(folder, "memory.events", events, sizeof events) > 0)
		memory->usage.failcnt = named(events, "max");
	memory->has_swap_usage = true;
	memory->swap_usage.usage = single(folder, "memory.swap.current");
	memory->swap_usage.limit = single(folder, "memory.swap.max");
	memory->use_hierarchy = true;
	if (cgroup_read(folder, "memory.stat", text, sizeof text) <= 0)
		return;
	memory->cache = named(text, "file");
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		char *space = strchr(line, ' ');
		grpc_MemoryStats_StatsEntry *entry = space ? reply_more(&memory->stats, &memory->stats_count, sizeof *entry) : NULL;

		if (!entry)
			continue;
		*space = 0;
		entry->key = reply_text(line);
		entry->value = strtoull(space + 1, NULL, 10);
	}
}

static void add_blocks(grpc_BlkioStatsEntry **list, pb_size_t *count, uint64_t major, uint64_t minor, const char *op, uint64_t value)
{
	grpc_BlkioStatsEntry *entry = reply_more(list, count, sizeof *entry);

	if (!entry)
		return;
	entry->major = major;
	entry->minor = minor;
	entry->op = reply_text(op);
	entry->value = value;
}

static void fill_blocks(int folder, grpc_BlkioStats *io)
{
	static char text[8192];

	if (cgroup_read(folder, "io.stat", text, sizeof text) <= 0)
		return;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		uint64_t major, minor, read, written, reads, writes;

		if (sscanf(line, "%" SCNu64 ":%" SCNu64 " rbytes=%" SCNu64 " wbytes=%" SCNu64 " rios=%" SCNu64 " wios=%" SCNu64,
			   &major, &minor, &read, &written, &reads, &writes) != 6)
			continue;
		add_blocks(&io->io_service_bytes_recursive, &io->io_service_bytes_recursive_count, major, minor, "Read", read);
		add_blocks(&io->io_service_bytes_recursive, &io->io_service_bytes_recursive_count, major, minor, "Write", written);
		add_blocks(&io->io_serviced_recursive, &io->io_serviced_recursive_count, major, minor, "Read", reads);
		add_blocks(&io->io_serviced_recursive, &io->io_serviced_recursive_count, major, minor, "Write", writes);
	}
}

static void fill_networks(grpc_StatsContainerResponse *answer)
{
	static char text[16384];
	char *line = read_text("/proc/net/dev", text, sizeof text) > 0 ? strtok(text, "\n") : NULL;

	for (; line; line = strtok(NULL, "\n")) {
		char *colon = strchr(line, ':');
		grpc_NetworkStats *network;
		uint64_t n[12];

		if (!colon || sscanf(colon + 1, "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64
				     "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64, n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7,
				     n + 8, n + 9, n + 10, n + 11) != 12)
			continue;
		network = reply_more(&answer->network_stats, &answer->network_stats_count, sizeof *network);
		if (!network)
			return;
		*colon = 0;
		*network = (grpc_NetworkStats){ .name = reply_text(line + strspn(line, " ")), .rx_bytes = n[0], .rx_packets = n[1],
			.rx_errors = n[2], .rx_dropped = n[3], .tx_bytes = n[8], .tx_packets = n[9], .tx_errors = n[10], .tx_dropped = n[11] };
	}
}

enum code stats_container(struct call *call, void *message, void *reply)
{
	const grpc_StatsContainerRequest *request = message;
	grpc_StatsContainerResponse *answer = reply;
	const struct container *container = container_wanted(call, request->container_id);
	grpc_CgroupStats *stats = &answer->cgroup_stats;

	if (!container)
		return NOT_FOUND;
	if (container->cgroup < 0)
		return fail(call, FAILED_PRECONDITION, "there are no cgroups of version 2 here to count by");
	answer->has_cgroup_stats = stats->has_cpu_stats = stats->has_memory_stats = stats->has_pids_stats = stats->has_blkio_stats = true;
	fill_cpu(container->cgroup, &stats->cpu_stats);
	fill_memory(container->cgroup, &stats->memory_stats);
	stats->pids_stats.current = single(container->cgroup, "pids.current");
	stats->pids_stats.limit = single(container->cgroup, "pids.max");
	fill_blocks(container->cgroup, &stats->blkio_stats);
	fill_networks(answer);
	return OK;
}
