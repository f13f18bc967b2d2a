/* PID 1 of the default guest: prepares the system, then obeys the host (guest-kernel/CHANNEL.md). */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"

#define CHANNEL "/dev/ttyS1"
#define LEASE_SCRIPT "/etc/udhcpc"

/* SIGRTMIN+4 by the C library's usual count: the ACPI power button's signal. */
enum { SIGNAL_POWER_BUTTON = 38 };

int signals = -1;

/*
 * All are blocked and read from a descriptor, so there is no handler that a new process would have to put back, nor a signal
 * frame to build. busybox's poweroff, halt and reboot tell PID 1 by SIGUSR2, SIGUSR1 and SIGTERM. SIGPIPE is only kept away.
 */
static void watch_signals(void)
{
	static const int watched[] = { SIGCHLD, SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGPWR, SIGNAL_POWER_BUTTON };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof watched / sizeof *watched; i++)
		sigaddset(&set, watched[i]);
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

void serve_signals(void (*ended)(pid_t pid, int status))
{
	struct signalfd_siginfo info[4];
	bool child_ended = false;
	const bool active = run_active();
	pid_t pid;
	ssize_t n;
	int status;

	/* The command's end is what it is most of the time; the signal itself can wait for the next look then. */
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		ended(pid, status);
	if (active && !run_active())
		return;
	n = read(signals, info, sizeof info);
	for (ssize_t i = 0; i < n / (ssize_t)sizeof *info; i++) {
		if (info[i].ssi_signo == SIGCHLD)
			child_ended = true;
		else if (info[i].ssi_signo == SIGTERM || info[i].ssi_signo == SIGINT)
			power(POWER_REBOOT);
		else
			power(POWER_OFF);
	}
	while (child_ended && (pid = waitpid(-1, &status, WNOHANG)) > 0)
		ended(pid, status);
}

static void mount_all(void)
{
	static const struct {
		const char *type, *target, *options;
		unsigned long flags;
	} mounts[] = {
		{ "devtmpfs", "/dev", "mode=755", MS_NOSUID },
		{ "proc", "/proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
		{ "sysfs", "/sys", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
		{ "devpts", "/dev/pts", "gid=5,mode=620,ptmxmode=666", MS_NOSUID | MS_NOEXEC },
		{ "tmpfs", "/tmp", "mode=1777", MS_NOSUID | MS_NODEV },
		{ "tmpfs", "/run", "mode=755", MS_NOSUID | MS_NODEV },
		{ "tmpfs", "/dev/shm", "mode=1777", MS_NOSUID | MS_NODEV },
		{ "cgroup2", "/sys/fs/cgroup", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
	};

	for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
		if (strncmp(mounts[i].target, "/dev/", 5) == 0)
			mkdir(mounts[i].target, 0755);
		if (mount(mounts[i].type, mounts[i].target, mounts[i].type, mounts[i].flags, mounts[i].options) < 0 &&
		    errno != EBUSY)
			say(mounts[i].target);
	}
}

/* kcompactd would wake up twice a second to see whether it has something to do beforehand. */
static void let_the_idle_sleep(void)
{
	int fd = open("/proc/sys/vm/compaction_proactiveness", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!write(fd, "0", 1);
	close(fd);
}

static void make_links(void)
{
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
}

/* Descriptors 0 to 2 must be taken, or the channel could become one of them. */
static void open_stdio(void)
{
	int fd;

	do
		fd = open("/dev/console", O_RDWR | O_NOCTTY);
	while (fd >= 0 && fd < 2);
	if (fd > 2)
		close(fd);
}

/* What can be done before the first order need not be done by each of the clones that begin here. */
static void prepare(void)
{
	volatile char stack[1 << 16];

	identity_prepare();
	spawn_look();
	slots_prepare();
	agent_start();
	chdir("/root");
	/* Each page touched for the first time later on is a fault. */
	for (size_t i = 0; i < sizeof stack; i += 4096)
		stack[i] = 0;
	mlockall(MCL_CURRENT);
	run_prepare();
}

void child_reaped(pid_t pid, int status)
{
	network_reaped(pid);
	agent_reaped(pid);
	run_exited(pid, status);
}

static _Noreturn void obey_host(int channel)
{
	enum { CHANNEL_AT, SIGNALS_AT, SLOTS_AT, NETWORK_AT, RUN_AT, ROUNDS = 8 };
	struct pollfd fds[RUN_AT + RUN_POLL_MAX] = {
		{ .fd = channel, .events = POLLIN }, { .fd = signals, .events = POLLIN },
		{ .fd = slots_watch(), .events = POLLIN }, { .fd = network_watch(), .events = POLLIN },
	};
	uint8_t ready[4];
	int rounds = 0;

	prepare();
	put_le32(ready, PROTOCOL_VERSION);
	channel_send(FRAME_READY, ready, sizeof ready);
	channel_flush();
	for (;;) {
		int count = run_poll(fds + RUN_AT);
		/* With something to send, only what can go along with it is waited for. */
		int happened = poll(fds, RUN_AT + (nfds_t)count, channel_pending() || run_waiting() ? run_patience() : -1);

		if (happened > 0) {
			run_seen(fds + RUN_AT, count);
			if (fds[SIGNALS_AT].revents)
				serve_signals(child_reaped);
			run_serve(fds + RUN_AT, count);
			if (fds[SLOTS_AT].revents)
				slots_serve(fds[SLOTS_AT].fd);
			if (fds[NETWORK_AT].revents)
				network_serve();
			if (fds[CHANNEL_AT].revents)
				channel_receive();
		}
		if (happened == 0 || ++rounds == ROUNDS) {
			run_impatient();
			channel_flush();
			rounds = 0;
		}
	}
}

int main(int argc, char **argv)
{
	int channel;

	if (getpid() != 1 && argc > 1 && strcmp(argv[0], LEASE_SCRIPT) == 0)
		return lease(argv[1]);
	if (getpid() != 1) {
		say("this is the guest's init, for PID 1 only");
		return 1;
	}
	if (root_given())
		root_enter();
	watch_signals();
	mount_all();
	let_the_idle_sleep();
	open_stdio();
	make_links();
	sethostname("jvmm", 4);
	loopback_up();
	channel = channel_open(CHANNEL);
	if (channel >= 0)
		obey_host(channel);
	console_session();
}
