/* The guest as a whole: who it is, its clock, random numbers, processors and memory, devices, and its end. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "agent.pb.h"
#include "container.h"
#include "guest.pb.h"
#include "health.pb.h"
#include "system.h"

#define MEMORY "/sys/devices/system/memory"
#define PROCESSORS "/sys/devices/system/cpu"

enum { MOST_ENTROPY = 4096, ONLINE_PATIENCE = 5000, ONLINE_LOOK = 20 };

bool is_init(void)
{
	return getpid() == 1;
}

enum code health_check(struct call *call, void *request, void *reply)
{
	grpc_HealthCheckResponse *answer = reply;

	(void)call, (void)request;
	answer->status = grpc_HealthCheckResponse_ServingStatus_SERVING;
	return OK;
}

enum code health_version(struct call *call, void *request, void *reply)
{
	grpc_VersionCheckResponse *answer = reply;

	(void)call, (void)request;
	answer->grpc_version = reply_text("0.0.1");
	answer->agent_version = reply_text(AGENT_VERSION);
	return OK;
}

/* Writes "1" to what is off below a folder ("cpu1/online"); how many are on then that were not, and whether any refused. */
static unsigned turn_on(const char *folder, const char *prefix, unsigned most)
{
	DIR *all = opendir(folder);
	const struct dirent *entry;
	unsigned done = 0;

	while (all && done < most && (entry = readdir(all))) {
		const size_t length = strlen(prefix);
		char path[320], text[8];

		if (strncmp(entry->d_name, prefix, length) != 0 || entry->d_name[length] < '0' || entry->d_name[length] > '9')
			continue;
		snprintf(path, sizeof path, "%s/%.100s/online", folder, entry->d_name);
		if (read_text(path, text, sizeof text) == 1 && *text == '0' && write_text(path, "1") == 0)
			done++;
	}
	if (all)
		closedir(all);
	return done;
}

struct online {
	struct timer timer;	/* first */
	struct call *call;
	unsigned wanted;
	bool processors_only;
	int64_t until;
};

static void online_look(struct timer *timer)
{
	struct online *online = (struct online *)timer;

	online->wanted -= turn_on(PROCESSORS, "cpu", online->wanted);
	if (!online->processors_only)
		turn_on(MEMORY, "memory", UINT32_MAX);
	if (online->wanted && now_millis() < online->until) {
		timer_set(timer, ONLINE_LOOK);
		return;
	}
	if (online->call)
		call_end(online->call, online->wanted == 0 ? OK :
			fail(online->call, DEADLINE_EXCEEDED, "%u of the processors did not come", online->wanted), NULL);
	free(online);
}

/* What was added may come a moment later than the call: it is looked for again until it is there. */
enum code online_cpu_mem(struct call *call, void *message, void *reply)
{
	const grpc_OnlineCPUMemRequest *request = message;
	struct online *online = calloc(1, sizeof *online);

	(void)reply;
	if (!online)
		return fail(call, RESOURCE_EXHAUSTED, "out of memory");
	*online = (struct online){ .timer.due = online_look, .call = request->wait ? call : NULL, .wanted = request->nb_cpus,
		.processors_only = request->cpu_only, .until = now_millis() + ONLINE_PATIENCE };
	if (request->wait) {
		timer_set(&online->timer, 0);
		return LATER;
	}
	online_look(&online->timer);
	return OK;
}

enum code reseed_random(struct call *call, void *message, void *reply)
{
	const grpc_ReseedRandomDevRequest *request = message;
	struct {
		struct rand_pool_info info;
		uint8_t bytes[MOST_ENTROPY];
	} entropy;
	int fd, result;

	(void)reply;
	if (!request->data || !request->data->size || request->data->size > MOST_ENTROPY)
		return fail(call, INVALID_ARGUMENT, "1 to %d random bytes", MOST_ENTROPY);
	fd = open("/dev/urandom", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return fail_errno(call, "/dev/urandom");
	entropy.info.entropy_count = (int)request->data->size * 8;
	entropy.info.buf_size = (int)request->data->size;
	memcpy(entropy.bytes, request->data->bytes, request->data->size);
	/* The pool alone is not enough: keys that were derived from it before go on being used. */
	result = ioctl(fd, RNDADDENTROPY, &entropy) < 0 ? -1 : ioctl(fd, RNDRESEEDCRNG);
	explicit_bzero(&entropy, sizeof entropy);
	if (result < 0)
		fail_errno(call, "/dev/urandom");
	close(fd);
	return result < 0 ? INTERNAL : OK;
}

static char **add_text(char ***field, pb_size_t *count, const char *text)
{
	char **at = reply_more(field, count, sizeof *at);

	if (at)
		*at = reply_text(text);
	return at;
}

enum code guest_details(struct call *call, void *message, void *reply)
{
	static const char *const drivers[] = { "9p", "blk", "mmioblk", "virtio-fs", "nvdimm", "ephemeral", "local", "bind", "overlayfs" };
	const grpc_GuestDetailsRequest *request = message;
	grpc_GuestDetailsResponse *answer = reply;
	char text[32];

	(void)call;
	if (request->mem_block_size && read_text(MEMORY "/block_size_bytes", text, sizeof text) > 0)
		answer->mem_block_size_bytes = strtoull(text, NULL, 16);
	answer->support_mem_hotplug_probe = request->mem_hotplug_probe && access(MEMORY "/probe", F_OK) == 0;
	answer->has_agent_details = true;
	answer->agent_details.version = reply_text(AGENT_VERSION);
	answer->agent_details.init_daemon = is_init();
	answer->agent_details.supports_seccomp = seccomp_there();
	for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++)
		add_text(&answer->agent_details.storage_handlers, &answer->agent_details.storage_handlers_count, drivers[i]);
	add_text(&answer->agent_details.device_handlers, &answer->agent_details.device_handlers_count, "mmioblk");
	add_text(&answer->agent_details.device_handlers, &answer->agent_details.device_handlers_count, "blk");
	add_text(&answer->agent_details.device_handlers, &answer->agent_details.device_handlers_count, "nvdimm");
	return OK;
}

enum code memory_probe(struct call *call, void *message, void *reply)
{
	const grpc_MemHotplugByProbeRequest *request = message;
	char text[24];

	(void)reply;
	for (pb_size_t i = 0; i < request->mem_hotplug_probe_addr_count; i++) {
		snprintf(text, sizeof text, "0x%llx", (unsigned long long)request->mem_hotplug_probe_addr[i]);
		if (write_text(MEMORY "/probe", text) < 0)
			return fail_errno(call, MEMORY "/probe");
	}
	return OK;
}

enum code set_clock(struct call *call, void *message, void *reply)
{
	const grpc_SetGuestDateTimeRequest *request = message;
	const struct timespec time = { .tv_sec = request->sec, .tv_nsec = (long)request->usec * 1000 };

	(void)reply;
	if (request->sec < 0 || request->usec < 0 || request->usec > 999999)
		return fail(call, INVALID_ARGUMENT, "not a time: %lld s and %lld us", (long long)request->sec, (long long)request->usec);
	return clock_settime(CLOCK_REALTIME, &time) < 0 ? fail_errno(call, "clock_settime") : OK;
}

/* "MemTotal:   123 kB" of /proc/meminfo, in bytes. */
static uint64_t amount(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoull(at + strlen(name), NULL, 10) * 1024 : 0;
}

enum code get_metrics(struct call *call, void *request, void *reply)
{
	grpc_Metrics *answer = reply;
	char memory[4096], load[64], text[1024];
	struct sysinfo system;

	(void)request;
	if (sysinfo(&system) < 0 || read_text("/proc/meminfo", memory, sizeof memory) < 0)
		return fail_errno(call, "/proc/meminfo");
	if (read_text("/proc/loadavg", load, sizeof load) < 0)
		strcpy(load, "0");
	load[strcspn(load, " ")] = 0;
	snprintf(text, sizeof text,
		"# TYPE kata_guest_load gauge\nkata_guest_load{item=\"load1\"} %s\n"
		"# TYPE kata_guest_meminfo gauge\nkata_guest_meminfo{item=\"mem_total\"} %llu\n"
		"kata_guest_meminfo{item=\"mem_available\"} %llu\nkata_guest_meminfo{item=\"mem_free\"} %llu\n"
		"# TYPE kata_guest_tasks gauge\nkata_guest_tasks{item=\"total\"} %u\n", load,
		(unsigned long long)amount(memory, "MemTotal:"), (unsigned long long)amount(memory, "MemAvailable:"),
		(unsigned long long)amount(memory, "MemFree:"), system.procs);
	answer->metrics = reply_text(text);
	return OK;
}

/* PRETTY_NAME of /etc/os-release. */
static char *os_name(void)
{
	char text[2048];
	const char *at = read_text("/etc/os-release", text, sizeof text) > 0 ? strstr(text, "PRETTY_NAME=") : NULL;
	size_t length;
	char name[128];

	if (!at)
		return NULL;
	at += strlen("PRETTY_NAME=");
	at += *at == '"';
	length = strcspn(at, "\"\n");
	snprintf(name, sizeof name, "%.*s", (int)length, at);
	return reply_text(name);
}

static void add_file(char **field, const char *path)
{
	char text[128];

	if (read_text(path, text, sizeof text) > 0)
		*field = reply_text(text);
}

enum code facts(struct call *call, void *request, void *reply)
{
	jvmm_FactsResponse *answer = reply;
	char memory[4096];
	struct utsname names;
	struct sysinfo system;
	struct timespec now, up;

	(void)request;
	if (uname(&names) < 0 || sysinfo(&system) < 0)
		return fail_errno(call, "uname");
	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &up);
	answer->hostname = reply_text(names.nodename);
	answer->kernel_release = reply_text(names.release);
	answer->kernel_version = reply_text(names.version);
	answer->machine = reply_text(names.machine);
	answer->os_name = os_name();
	add_file(&answer->machine_id, "/etc/machine-id");
	add_file(&answer->boot_id, "/proc/sys/kernel/random/boot_id");
	add_file(&answer->load, "/proc/loadavg");
	answer->uptime_millis = (uint64_t)up.tv_sec * 1000 + (uint64_t)up.tv_nsec / 1000000;
	answer->cpus_online = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	answer->cpus_present = (uint32_t)sysconf(_SC_NPROCESSORS_CONF);
	if (read_text("/proc/meminfo", memory, sizeof memory) > 0) {
		answer->memory_total = amount(memory, "MemTotal:");
		answer->memory_available = amount(memory, "MemAvailable:");
	}
	answer->processes = system.procs;
	answer->clock_nanos = (int64_t)((uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
	answer->agent_version = reply_text(AGENT_VERSION);
	answer->agent_is_init = is_init();
	return OK;
}

static bool is_hostname(const char *name)
{
	return strlen(name) <= 64 && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == strlen(name);
}

enum code identity(struct call *call, void *message, void *reply)
{
	const jvmm_IdentityRequest *request = message;
	const pb_bytes_array_t *id = request->machine_id;
	char text[40];
	int fd;

	(void)reply;
	if (!is_hostname(word(request->hostname)) || (id && id->size && id->size != 16))
		return fail(call, INVALID_ARGUMENT, "a hostname of at most 64 letters, digits, dots and hyphens, and a machine id of 16 bytes");
	if (*word(request->hostname) && sethostname(request->hostname, strlen(request->hostname)) < 0)
		return fail_errno(call, "sethostname");
	if (!id || !id->size)
		return OK;
	for (int i = 0; i < 16; i++)
		snprintf(text + 2 * i, 3, "%02x", id->bytes[i]);
	strcat(text, "\n");
	fd = open("/etc/machine-id", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0444);
	if (fd < 0 || write(fd, text, 33) != 33)
		return fail_errno(call, "/etc/machine-id");
	close(fd);
	return OK;
}

enum { SHUT_OFF, SHUT_REBOOT, SHUT_HALT };

static int how;

/*
 * Whoever is PID 1 is asked: busybox's init and ours by SIGUSR2, SIGTERM and SIGUSR1, systemd by SIGRTMIN+4, +5 and +3, counted
 * from the kernel's 34 of the usual C library.
 */
static void shut_down_politely(struct timer *timer)
{
	static const int plain[] = { SIGUSR2, SIGTERM, SIGUSR1 }, systemd[] = { 38, 39, 37 };

	(void)timer;
	sync();
	kill(1, access("/run/systemd/system", F_OK) == 0 ? systemd[how] : plain[how]);
}

static void shut_down_now(struct timer *timer)
{
	static const int commands[] = { RB_POWER_OFF, RB_AUTOBOOT, RB_HALT_SYSTEM };

	(void)timer;
	sync();
	reboot(commands[how]);
	say("reboot", strerror(errno));
}

enum code shut_down(struct call *call, void *message, void *reply)
{
	static struct timer timer;
	const jvmm_ShutdownRequest *request = message;

	(void)reply;
	if ((int)request->how < 0 || (int)request->how > SHUT_HALT)
		return fail(call, INVALID_ARGUMENT, "there is no such way to shut down: %d", (int)request->how);
	how = (int)request->how;
	/* The answer goes out first. */
	timer.due = request->at_once || is_init() ? shut_down_now : shut_down_politely;
	timer_set(&timer, 10);
	return OK;
}

enum code synchronize(struct call *call, void *request, void *reply)
{
	(void)call, (void)request, (void)reply;
	sync();
	return OK;
}

static bool is_name(const char *text)
{
	return *text && *text != '.' && strlen(text) < 64 && !strchr(text, '/');
}

enum code bind_device(struct call *call, void *message, void *reply)
{
	const jvmm_DeviceRequest *request = message;
	char path[320];

	(void)reply;
	if (!is_name(word(request->bus)) || !is_name(word(request->device)) || !is_name(word(request->driver)))
		return fail(call, INVALID_ARGUMENT, "a bus, a device and a driver, by their names below /sys/bus");
	snprintf(path, sizeof path, "/sys/bus/%s/drivers/%s/bind", request->bus, request->driver);
	return write_text(path, request->device) < 0 ? fail_errno(call, path) : OK;
}

enum code unbind_device(struct call *call, void *message, void *reply)
{
	const jvmm_DeviceRequest *request = message;
	char path[320];

	(void)reply;
	if (!is_name(word(request->bus)) || !is_name(word(request->device)))
		return fail(call, INVALID_ARGUMENT, "a bus and a device, by their names below /sys/bus");
	snprintf(path, sizeof path, "/sys/bus/%s/devices/%s/driver/unbind", request->bus, request->device);
	return write_text(path, request->device) < 0 ? fail_errno(call, path) : OK;
}
