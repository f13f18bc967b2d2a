/* PID 1 of the default guest: prepares the system, then obeys the host (guest-kernel/CHANNEL.md). */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"

#define CHANNEL "/dev/ttyS1"

/* SIGRTMIN+4 by the C library's usual count: the ACPI power button's signal. */
enum { SIGNAL_POWER_BUTTON = 38 };

static volatile sig_atomic_t child_ended, power_wanted = -1;

static void on_signal(int number)
{
	if (number == SIGCHLD)
		child_ended = 1;
	else if (number == SIGTERM || number == SIGINT)
		power_wanted = POWER_REBOOT;
	else
		power_wanted = POWER_OFF;
}

/* busybox's poweroff, halt and reboot tell PID 1 by SIGUSR2, SIGUSR1 and SIGTERM. */
static void watch_signals(sigset_t *usual)
{
	static const int watched[] = { SIGCHLD, SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGPWR, SIGNAL_POWER_BUTTON };
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t blocked;

	sigemptyset(&blocked);
	for (size_t i = 0; i < sizeof watched / sizeof *watched; i++) {
		sigaddset(&blocked, watched[i]);
		sigaction(watched[i], &action, NULL);
	}
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
	sigprocmask(SIG_BLOCK, &blocked, usual);
}

void serve_signals(void)
{
	pid_t pid;
	int status;

	if (power_wanted >= 0)
		power((enum power)power_wanted);
	if (!child_ended)
		return;
	child_ended = 0;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		run_exited(pid, status);
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

static _Noreturn void obey_host(int channel, const sigset_t *usual)
{
	struct pollfd fds[1 + RUN_POLL_MAX] = { { .fd = channel, .events = POLLIN } };
	uint8_t ready[4];

	put_le32(ready, PROTOCOL_VERSION);
	channel_send(FRAME_READY, ready, sizeof ready);
	for (;;) {
		int count = run_poll(fds + 1);

		if (ppoll(fds, 1 + (nfds_t)count, NULL, usual) > 0) {
			run_serve(fds + 1, count);
			if (fds[0].revents)
				channel_receive();
		}
		serve_signals();
	}
}

int main(void)
{
	sigset_t usual;
	int channel;

	if (getpid() != 1) {
		say("this is the guest's init, for PID 1 only");
		return 1;
	}
	watch_signals(&usual);
	mount_all();
	open_stdio();
	make_links();
	sethostname("jvmm", 4);
	loopback_up();
	channel = channel_open(CHANNEL);
	if (channel >= 0)
		obey_host(channel, &usual);
	sigprocmask(SIG_SETMASK, &usual, NULL);
	console_session();
}
