/* The one command: its life, its input and its output. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "init.h"

#define CONSOLE "/dev/ttyS0"

enum { CREDIT_STEP = 4096, DRAIN_MAX = 65536 + MAX_DATA, END_OF_FILE = 4 };

static struct {
	pid_t pid;		/* 0: no command */
	uint32_t flags;
	int in, out, err;	/* init's ends; -1: closed. A terminal's is in both in and out */
	int console;
	uint8_t buffer[STDIN_WINDOW];
	uint32_t first, pending;	/* ring of input not yet taken by the command */
	uint32_t credit;		/* taken, and not yet told to the host */
	bool ending;			/* the host's input is over */
} run = { .in = -1, .out = -1, .err = -1, .console = -1 };

bool run_active(void)
{
	return run.pid != 0;
}

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void shut_input(void)
{
	if (run.in >= 0 && run.in != run.out)
		close(run.in);
	run.in = -1;
}

static void shut_all(void)
{
	shut_input();
	shut(&run.out);
	shut(&run.err);
	shut(&run.console);
}

static void nonblocking(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static int open_pipes(int stdio[3])
{
	int *const ours[3] = { &run.in, &run.out, &run.err };

	for (int i = 0; i < 3; i++) {
		int ends[2];

		if (pipe2(ends, O_CLOEXEC) < 0)
			return errno;
		stdio[i] = ends[i > 0];
		*ours[i] = ends[i == 0];
		nonblocking(*ours[i]);
	}
	return 0;
}

static int open_pty(char *slave, size_t size)
{
	int number, unlock = 0;
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return errno;
	run.in = run.out = fd;
	if (ioctl(fd, TIOCSPTLCK, &unlock) < 0 || ioctl(fd, TIOCGPTN, &number) < 0)
		return errno;
	snprintf(slave, size, "/dev/pts/%d", number);
	return 0;
}

static void failed(int error, const char *program)
{
	uint8_t payload[512];
	int n;

	put_le32(payload, (uint32_t)error);
	n = snprintf((char *)payload + 4, sizeof payload - 4, "%.300s: %s", program, strerror(error));
	channel_send(FRAME_FAILED, payload, (uint32_t)(4 + n));
}

void run_start(const struct run_order *order)
{
	int stdio[3] = { -1, -1, -1 };
	char slave[32];
	const char *terminal = NULL;
	uint8_t started[4];
	pid_t pid = 0;
	int error;

	run.flags = order->flags;
	run.first = run.pending = run.credit = 0;
	run.ending = false;
	if (order->flags & RUN_CONSOLE) {
		terminal = CONSOLE;
		run.console = open_terminal(CONSOLE);
		error = run.console < 0 ? ENODEV : 0;
		if (!error)
			set_window(run.console, order->rows, order->columns);
	} else if (order->flags & RUN_PTY) {
		terminal = slave;
		error = open_pty(slave, sizeof slave);
		if (!error)
			set_window(run.out, order->rows, order->columns);
	} else {
		error = open_pipes(stdio);
	}
	if (!error)
		error = spawn_command(order, stdio, terminal, &pid);
	for (int i = 0; i < 3; i++)
		shut(&stdio[i]);
	if (error) {
		shut_all();
		failed(error, order->argv[0]);
		return;
	}
	run.pid = pid;
	put_le32(started, (uint32_t)pid);
	channel_send(FRAME_STARTED, started, sizeof started);
}

/* Credits in steps: a frame for each keystroke would be wasted. */
static void credit(uint32_t taken)
{
	uint8_t payload[4];

	run.credit += taken;
	if (run.credit < CREDIT_STEP)
		return;
	put_le32(payload, run.credit);
	run.credit = 0;
	channel_send(FRAME_CREDIT, payload, sizeof payload);
}

static void discard_input(void)
{
	uint32_t lost = run.pending;

	run.pending = 0;
	credit(lost);
}

static void finish_input(void)
{
	static const uint8_t mark = END_OF_FILE;

	run.ending = false;
	if (run.flags & RUN_PTY)
		(void)!write(run.in, &mark, 1);
	else
		shut_input();
}

static void feed(void)
{
	while (run.in >= 0 && run.pending > 0) {
		uint32_t length = STDIN_WINDOW - run.first < run.pending ? STDIN_WINDOW - run.first : run.pending;
		ssize_t n = write(run.in, run.buffer + run.first, length);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {		/* nobody reads it any more */
			discard_input();
			break;
		}
		run.first = (run.first + (uint32_t)n) % STDIN_WINDOW;
		run.pending -= (uint32_t)n;
		credit((uint32_t)n);
	}
	if (run.pending == 0 && run.ending && run.in >= 0)
		finish_input();
}

void run_stdin(const uint8_t *bytes, uint32_t length)
{
	if (!run.pid || (run.flags & RUN_CONSOLE))
		return;			/* sent before the host knew that the command had ended */
	if (length > STDIN_WINDOW - run.pending)
		protocol_error("more input than was credited");
	if (length == 0)
		run.ending = true;
	for (uint32_t i = 0; i < length; i++)
		run.buffer[(run.first + run.pending + i) % STDIN_WINDOW] = bytes[i];
	run.pending += length;
	if (run.in < 0)
		discard_input();
	feed();
}

void run_signal(int number)
{
	if (run.pid)
		kill(-run.pid, number);
}

void run_resize(uint16_t rows, uint16_t columns)
{
	if (run.flags & RUN_PTY)
		set_window(run.out, rows, columns);
	else if (run.flags & RUN_CONSOLE)
		set_window(run.console, rows, columns);
}

/* Passes on what there is; false at the end of the stream. */
static bool pass_on(int fd, uint8_t type, uint32_t *passed)
{
	uint8_t bytes[MAX_DATA];
	ssize_t n = read(fd, bytes, sizeof bytes);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0)
		return false;
	channel_send(type, bytes, (uint32_t)n);
	*passed += (uint32_t)n;
	return true;
}

/* A pipe's worth at most: a process left behind may go on writing for ever. */
static void drain(int fd, uint8_t type)
{
	uint32_t before, passed = 0;

	if (fd < 0)
		return;
	do
		before = passed;
	while (pass_on(fd, type, &passed) && passed > before && passed < DRAIN_MAX);
}

void run_exited(pid_t pid, int status)
{
	const bool killed = WIFSIGNALED(status);
	const uint8_t payload[2] = {
		killed ? 0 : (uint8_t)WEXITSTATUS(status), killed ? (uint8_t)WTERMSIG(status) : 0,
	};

	if (pid != run.pid)
		return;
	run.pid = 0;
	drain(run.out, FRAME_STDOUT);
	drain(run.err, FRAME_STDERR);
	if (run.console >= 0)
		tcdrain(run.console);
	shut_all();
	run.flags = 0;
	channel_send(FRAME_EXITED, payload, sizeof payload);
}

int run_poll(struct pollfd *fds)
{
	int n = 0;

	if (run.out >= 0)
		fds[n++] = (struct pollfd){ .fd = run.out, .events = POLLIN };
	if (run.err >= 0)
		fds[n++] = (struct pollfd){ .fd = run.err, .events = POLLIN };
	if (run.in >= 0 && run.pending > 0)
		fds[n++] = (struct pollfd){ .fd = run.in, .events = POLLOUT };
	return n;
}

void run_serve(const struct pollfd *fds, int count)
{
	uint32_t passed = 0;

	for (int i = 0; i < count; i++) {
		const short happened = fds[i].revents;

		if (!happened)
			continue;
		if (fds[i].events == POLLOUT) {
			feed();
		} else if (fds[i].fd == run.err) {
			if (!pass_on(run.err, FRAME_STDERR, &passed))
				shut(&run.err);
		} else if (fds[i].fd == run.out && !pass_on(run.out, FRAME_STDOUT, &passed)) {
			if (run.in == run.out)
				run.in = -1;
			shut(&run.out);
		}
	}
}
