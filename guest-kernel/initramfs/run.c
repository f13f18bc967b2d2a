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
	const char *name;	/* of the program, as ordered */
	int theirs[3];		/* the command's ends of its pipes, closed when there is time */
	enum { SETTLED, QUIET, TALKING } phase;
	bool untold;		/* STARTED is still to be sent, when the process has become the program */
	bool nothing_out, nothing_err;	/* said the last poll */
	uint8_t buffer[STDIN_WINDOW];
	uint32_t first, pending;	/* ring of input not yet taken by the command */
	uint32_t credit;		/* taken, and not yet told to the host */
	bool ending;			/* the host's input is over */
} run = { .in = -1, .out = -1, .err = -1, .console = -1, .theirs = { -1, -1, -1 } };

/* The next command's pipes. */
static struct {
	bool made;
	int ours[3], theirs[3];
} spare = { .theirs = { -1, -1, -1 } };

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

static void shut_theirs(void)
{
	for (int i = 0; i < 3; i++)
		shut(&run.theirs[i]);
}

static void shut_all(void)
{
	shut_input();
	shut(&run.out);
	shut(&run.err);
	shut(&run.console);
	shut_theirs();
}

static int make_pipes(void)
{
	for (int i = 0; i < 3; i++) {
		int ends[2];

		if (pipe2(ends, O_CLOEXEC) < 0)
			return errno;
		spare.theirs[i] = ends[i > 0];
		spare.ours[i] = ends[i == 0];
		fcntl(spare.ours[i], F_SETFL, O_NONBLOCK);
	}
	spare.made = true;
	return 0;
}

void run_prepare(void)
{
	if (!spare.made)
		make_pipes();
	spawn_prepare(spare.theirs);
}

static int open_pipes(void)
{
	int error = spare.made ? 0 : make_pipes();

	if (error)
		return error;
	run.in = spare.ours[0];
	run.out = spare.ours[1];
	run.err = spare.ours[2];
	memcpy(run.theirs, spare.theirs, sizeof run.theirs);
	spare.made = false;
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

static void tell_started(void)
{
	uint8_t started[4];

	if (!run.untold)
		return;
	run.untold = false;
	put_le32(started, (uint32_t)run.pid);
	channel_send(FRAME_STARTED, started, sizeof started);
}

void run_start(const struct run_order *order, bool keeps)
{
	static char slave[32];
	const bool pipes = !(order->flags & (RUN_CONSOLE | RUN_PTY));
	const char *terminal = NULL;
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
		error = open_pipes();
	}
	if (!error)
		error = spawn_prepare(run.theirs);
	if (!error)
		error = spawn_command(order, terminal, !pipes || !keeps, &pid);
	if (error) {
		shut_all();
		spawn_dismiss();
		failed(error, order->argv[0]);
		run_prepare();
		return;
	}
	run.pid = pid;
	run.name = order->argv[0];
	run.phase = pipes ? QUIET : SETTLED;
	run.nothing_out = run.nothing_err = false;
	run.untold = true;
	if (!pipes)
		tell_started();
}

/*
 * A short command's STARTED, output and EXITED go in one piece, since each write and each wake-up is dear where the kernel is
 * emulated. So until it has talked for a moment, or been quiet for longer, its end is waited for. Others settle then: from
 * there on all goes at once.
 */
int run_patience(void)
{
	return run.phase == QUIET ? 100 : run.phase == TALKING ? 20 : 0;
}

bool run_waiting(void)
{
	return run.untold;
}

void run_impatient(void)
{
	if (spawn_pending())
		return;			/* not yet the program: it may still fail to be */
	tell_started();
	run.phase = SETTLED;
	shut_theirs();
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
	ssize_t n;

	tell_started();
	n = read(fd, channel_room(), MAX_DATA);
	*passed = 0;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0)
		return false;
	channel_sent(type, (uint32_t)n);
	*passed = (uint32_t)n;
	return true;
}

/*
 * A pipe's worth at most: a process left behind may go on writing for ever. A pipe that gave less than was asked for is empty;
 * a terminal gives a line at a time.
 */
static void drain(int fd, uint8_t type)
{
	const uint32_t enough = run.flags & RUN_PTY ? 1 : MAX_DATA;
	uint32_t passed, all = 0;

	if (fd < 0)
		return;
	while (pass_on(fd, type, &passed) && passed >= enough && all < DRAIN_MAX)
		all += passed;
}

/* The host may well stop the machine when it has heard of it; what follows is for the next command. */
static void run_ended(void)
{
	channel_flush();
	shut_all();
	run.flags = 0;
	run.phase = SETTLED;
	run_prepare();
}

void run_exited(pid_t pid, int status)
{
	const bool killed = WIFSIGNALED(status);
	const uint8_t payload[2] = {
		killed ? 0 : (uint8_t)WEXITSTATUS(status), killed ? (uint8_t)WTERMSIG(status) : 0,
	};

	if (pid != run.pid) {
		spawn_reaped(pid);
		return;
	}
	if (run.untold && spawn_error()) {
		run.untold = false;
		run.pid = 0;
		failed(spawn_error(), run.name);
		run_ended();
		return;
	}
	tell_started();
	run.pid = 0;
	if (!run.nothing_out)
		drain(run.out, FRAME_STDOUT);
	if (!run.nothing_err)
		drain(run.err, FRAME_STDERR);
	if (run.console >= 0)
		tcdrain(run.console);
	if (run.flags & RUN_SYNC)
		sync();
	channel_send(FRAME_EXITED, payload, sizeof payload);
	run_ended();
}

/* Whatever a command that has ended by now had to say, this poll knows of. */
void run_seen(const struct pollfd *fds, int count)
{
	run.nothing_out = run.nothing_err = false;
	for (int i = 0; i < count; i++) {
		if (fds[i].revents || fds[i].events != POLLIN)
			continue;
		if (fds[i].fd == run.out)
			run.nothing_out = true;
		else if (fds[i].fd == run.err)
			run.nothing_err = true;
	}
}

int run_poll(struct pollfd *fds)
{
	int n = 0;

	if (run.phase == TALKING)
		return 0;
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
	uint32_t passed;

	for (int i = 0; i < count; i++) {
		const short happened = fds[i].revents;

		if (!happened)
			continue;
		if (fds[i].events == POLLOUT) {
			feed();
		} else if (run.phase == QUIET) {
			run.phase = TALKING;	/* it stays in its pipe for now */
		} else if (run.phase == TALKING) {
			continue;
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
