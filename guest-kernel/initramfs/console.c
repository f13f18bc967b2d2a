/* Messages on the console, and the session there when no host gives orders. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init.h"

void say(const char *text)
{
	dprintf(STDERR_FILENO, "init: %s\n", text);
}

_Noreturn void protocol_error(const char *what)
{
	say(what);
	power(POWER_OFF);
}

/* The last console of the kernel's list is the one that /dev/console means. */
static void active_console(char *path, size_t size)
{
	char names[64];
	int fd = open("/sys/class/tty/console/active", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, names, sizeof names - 1);
	const char *last;

	if (fd >= 0)
		close(fd);
	names[n > 0 ? n : 0] = 0;
	names[strcspn(names, "\n")] = 0;
	last = strrchr(names, ' ');
	snprintf(path, size, "/dev/%s", *names ? (last ? last + 1 : names) : "ttyS0");
}

static pid_t session;

static void ended(pid_t pid, int status)
{
	(void)status;
	if (pid == session)
		power(POWER_OFF);
}

/* A login shell, or the kernel line's JVMM_RUN, then off. */
_Noreturn void console_session(void)
{
	char *command = getenv("JVMM_RUN");
	char *login[] = { "sh", "-l", NULL }, *line[] = { "/bin/sh", "-c", command, NULL };
	char *variables[64 + SPAWN_VARIABLES + 1] = { NULL };
	struct run_order order = { .directory = "", .argv = command ? line : login, .envp = variables };
	struct pollfd watched = { .fd = signals, .events = POLLIN };
	char terminal[80];
	const int none[3] = { -1, -1, -1 };
	int error;

	for (size_t i = 0; i < 64 && environ[i]; i++)
		variables[i] = environ[i];
	chdir("/root");
	active_console(terminal, sizeof terminal);
	close(open_terminal(terminal));
	spawn_look();
	error = spawn_prepare(none);
	if (!error)
		error = spawn_command(&order, terminal, true, &session);
	if (error) {
		say(strerror(error));
		power(POWER_OFF);
	}
	for (;;)
		if (poll(&watched, 1, -1) > 0)
			serve_signals(ended);
}
