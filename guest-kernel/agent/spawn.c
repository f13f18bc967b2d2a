/*
 * From an order to a process. A program outside of containers starts on the agent's own memory (CLONE_VM, CLONE_VFORK), which
 * costs no copy of page tables: until execve() the child must not change anything but its stack and the order.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "agent.pb.h"

enum { STACK_SIZE = 64 << 10 };

static const char *const capabilities[] = {
	"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE",
	"NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO",
	"SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME",
	"SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG",
	"WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
};

static const struct {
	const char *name;
	int resource;
} limits[] = {
	{ "AS", RLIMIT_AS }, { "CORE", RLIMIT_CORE }, { "CPU", RLIMIT_CPU }, { "DATA", RLIMIT_DATA },
	{ "FSIZE", RLIMIT_FSIZE }, { "LOCKS", RLIMIT_LOCKS }, { "MEMLOCK", RLIMIT_MEMLOCK }, { "MSGQUEUE", RLIMIT_MSGQUEUE },
	{ "NICE", RLIMIT_NICE }, { "NOFILE", RLIMIT_NOFILE }, { "NPROC", RLIMIT_NPROC }, { "RSS", RLIMIT_RSS },
	{ "RTPRIO", RLIMIT_RTPRIO }, { "RTTIME", RLIMIT_RTTIME }, { "SIGPENDING", RLIMIT_SIGPENDING }, { "STACK", RLIMIT_STACK },
};

/* The kernel's own call: the C library's tells all threads, and there is just one. */
static long raw(long number, long first, long second, long third)
{
	return syscall(number, first, second, third);
}

static int set_limits(const grpc_Process *process)
{
	for (pb_size_t i = 0; i < process->rlimits_count; i++) {
		const char *type = word(process->rlimits[i].type);
		struct rlimit limit = { process->rlimits[i].soft, process->rlimits[i].hard };
		size_t at = 0;

		while (at < sizeof limits / sizeof *limits &&
		       (strncmp(type, "RLIMIT_", 7) != 0 || strcmp(type + 7, limits[at].name) != 0))
			at++;
		if (at == sizeof limits / sizeof *limits)
			return errno = EINVAL, -1;
		if (setrlimit(limits[at].resource, &limit) < 0)
			return -1;
	}
	return 0;
}

static uint64_t capability_set(char **names, pb_size_t count)
{
	uint64_t set = 0;

	for (pb_size_t i = 0; i < count; i++)
		for (size_t at = 0; at < sizeof capabilities / sizeof *capabilities; at++)
			if (strncmp(names[i], "CAP_", 4) == 0 && strcmp(names[i] + 4, capabilities[at]) == 0)
				set |= UINT64_C(1) << at;
	return set;
}

static int drop_bounding(const grpc_LinuxCapabilities *asked)
{
	const uint64_t bounding = capability_set(asked->bounding, asked->bounding_count);

	for (unsigned long at = 0; prctl(PR_CAPBSET_READ, at, 0, 0, 0) >= 0; at++)
		if ((at >= 64 || !(bounding >> at & 1)) && prctl(PR_CAPBSET_DROP, at, 0, 0, 0) < 0)
			return -1;
	return 0;
}

static int set_capabilities(const grpc_LinuxCapabilities *asked)
{
	const uint64_t effective = capability_set(asked->effective, asked->effective_count);
	const uint64_t permitted = capability_set(asked->permitted, asked->permitted_count);
	const uint64_t inheritable = capability_set(asked->inheritable, asked->inheritable_count);
	const uint64_t ambient = capability_set(asked->ambient, asked->ambient_count);
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ (uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable },
		{ (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32) },
	};

	if (raw(SYS_capset, (long)&header, (long)data, 0) < 0)
		return -1;
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (unsigned long at = 0; at < 64; at++)
		if (ambient >> at & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, at, 0, 0) < 0)
			return -1;
	return 0;
}

/* The agent is the superuser, and in no further groups: what is to be that is so already. */
static bool is_super;

bool spawn_keeps_user(const struct spawn *order)
{
	return is_super && !order->uid && !order->gid && (!order->group_count || (order->group_count == 1 && !*order->groups));
}

void spawn_prepare(void)
{
	struct spawn order = { .uid = 0 };
	gid_t groups[2];
	const int count = getgroups(2, groups);
	char home[256];

	is_super = geteuid() == 0 && getuid() == 0 && getegid() == 0 && getgid() == 0 && (count == 0 || (count == 1 && !groups[0]));
	user_super(&order, home, sizeof home);
}

static int take_user(const struct spawn *order, const grpc_LinuxCapabilities *rights)
{
	if (order->keeps_user && !rights)
		return 0;
	if (rights && (drop_bounding(rights) < 0 || prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0))
		return -1;
	if (raw(SYS_setgroups, (long)order->group_count, (long)order->groups, 0) < 0 && getuid() == 0)
		return -1;
	if (raw(SYS_setresgid, order->gid, order->gid, order->gid) < 0 || raw(SYS_setresuid, order->uid, order->uid, order->uid) < 0)
		return -1;
	return rights ? set_capabilities(rights) : 0;
}

int take_stdio(const struct spawn *order)
{
	if (raw(SYS_setsid, 0, 0, 0) < 0 || (order->terminal && ioctl(order->stdio[0], TIOCSCTTY, 0) < 0))
		return -1;
	for (int i = 0; i < 3; i++)
		if (dup2(order->stdio[order->terminal ? 0 : i], i) < 0)
			return -1;
	return 0;
}

static bool is_program(const char *path)
{
	struct stat file;

	return stat(path, &file) == 0 && S_ISREG(file.st_mode) && access(path, X_OK) == 0;
}

#ifdef JVMM_APPLETS
#include "applets.h"

static int compare(const void *name, const void *applet)
{
	return strcmp(name, *(const char *const *)applet);
}
#endif

/* busybox's applets need no files in the default guest: neither a name nor a path in the usual folders. */
static void run_applet(const struct spawn *order)
{
#ifdef JVMM_APPLETS
	static const char *const folders[] = { "/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/" };
	const char *name = order->argv[0];

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (strncmp(name, folders[i], strlen(folders[i])) == 0)
			name += strlen(folders[i]);
	if (!order->inside && bsearch(name, applets, sizeof applets / sizeof *applets, sizeof *applets, compare))
		execve("/bin/busybox", order->argv, order->envp);
#endif
	(void)order;
	errno = ENOENT;
}

/* A name without slash is looked for along PATH. */
static void run_program(const struct spawn *order)
{
	const char *name = order->argv[0], *path = variable(order->envp, "PATH");
	char full[PATH_MAX];

	if (strchr(name, '/')) {
		execve(name, order->argv, order->envp);
		if (errno == ENOENT && !is_program(name))
			run_applet(order);
		return;
	}
	for (const char *end; path && *path; path = *end ? end + 1 : end) {
		end = strchr(path, ':');
		end = end ? end : path + strlen(path);
		if (snprintf(full, sizeof full, "%.*s/%s", (int)(end - path), path, name) >= (int)sizeof full || !is_program(full))
			continue;
		execve(full, order->argv, order->envp);
		return;
	}
	run_applet(order);
}

int set_oom_score(const struct spawn *order)
{
	const grpc_Process *process = order->process;
	char text[24];

	if (!process || !process->oom_score_adj)
		return 0;
	snprintf(text, sizeof text, "%lld", (long long)process->oom_score_adj);
	return write_text("/proc/self/oom_score_adj", text);
}

/* Inside of a container its own folder may be one outside, by a descriptor: then the kernel has no path for it. */
static int take_folder(const struct spawn *order)
{
	char path[PATH_MAX];

	if (*word(order->cwd) && chdir(order->cwd) < 0)
		return -1;
	if (!order->inside)
		return 0;
	if (raw(SYS_getcwd, (long)path, sizeof path, 0) < 0)
		return -1;
	return *path == '/' ? 0 : (errno = EACCES, -1);
}

static int take_filter(const struct spawn *order)
{
	return order->filter ? (int)raw(SYS_seccomp, SECCOMP_SET_MODE_FILTER, order->filter_flags, (long)order->filter) : 0;
}

int become(struct spawn *order)
{
	const grpc_Process *process = order->process;

	order->failed = "cannot set its limits";
	if (process && set_limits(process) < 0)
		return -1;
	order->failed = "cannot set its OOM score";
	if (!order->inside && set_oom_score(order) < 0)
		return -1;
	order->failed = "cannot take its folder";
	if (take_folder(order) < 0)
		return -1;
	order->failed = "cannot set its filter of system calls";
	if (!order->no_new_privileges && take_filter(order) < 0)
		return -1;
	order->failed = "cannot take its user and rights";
	if (take_user(order, process && process->has_capabilities ? &process->capabilities : NULL) < 0)
		return -1;
	if (order->no_new_privileges && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || take_filter(order) < 0))
		return -1;
	order->failed = NULL;
	run_program(order);
	return -1;
}

static int child(void *argument)
{
	struct spawn *order = argument;
	sigset_t none;

	sigemptyset(&none);
	signal(SIGPIPE, SIG_DFL);
	order->failed = "cannot take its streams";
	if (take_stdio(order) == 0) {
		sigprocmask(SIG_SETMASK, &none, NULL);
		become(order);
	}
	order->error = errno;
	_exit(127);
}

/* On the agent's memory, with a stack of its own; back when it has become its program, or has failed. */
int spawn(struct spawn *order, pid_t *pid)
{
	static char stack[STACK_SIZE] __attribute__((aligned(16)));
	pid_t made;

	order->error = 0;
	order->failed = "cannot make a process";
	made = clone(child, stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | SIGCHLD, order);
	if (made < 0)
		return errno;
	if (order->error) {
		/* The one that failed to become its program is nobody's to wait for. */
		waitpid(made, NULL, 0);
		return order->error;
	}
	*pid = made;
	return 0;
}
