/* Starting the command: one vfork-like spawn, since copying init would be dear. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "applets.h"
#include "init.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define BUSYBOX "/bin/busybox"

void set_window(int fd, uint16_t rows, uint16_t columns)
{
	const struct winsize size = { .ws_row = rows, .ws_col = columns };

	if (rows && columns)
		ioctl(fd, TIOCSWINSZ, &size);
}

/* A terminal as a login would set it up, whatever the last command left behind. */
int open_terminal(const char *path)
{
	struct termios mode;
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || tcgetattr(fd, &mode) < 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	mode.c_iflag = ICRNL | IXON | IUTF8;
	mode.c_oflag = OPOST | ONLCR;
	mode.c_cflag = (mode.c_cflag & ~(tcflag_t)(CSIZE | PARENB | CSTOPB | CRTSCTS)) | CS8 | CREAD | CLOCAL | HUPCL;
	mode.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
	mode.c_cc[VINTR] = 3;
	mode.c_cc[VQUIT] = 28;
	mode.c_cc[VERASE] = 127;
	mode.c_cc[VKILL] = 21;
	mode.c_cc[VEOF] = 4;
	mode.c_cc[VSTART] = 17;
	mode.c_cc[VSTOP] = 19;
	mode.c_cc[VSUSP] = 26;
	mode.c_cc[VMIN] = 1;
	mode.c_cc[VTIME] = 0;
	tcsetattr(fd, TCSANOW, &mode);
	return fd;
}

static const char *find_variable(char *const *envp, const char *name)
{
	size_t length = strlen(name);

	for (; *envp; envp++)
		if (strncmp(*envp, name, length) == 0 && (*envp)[length] == '=')
			return *envp + length + 1;
	return NULL;
}

/* What every program may count on, where the order does not say otherwise. */
static char **environment(char *const *envp)
{
	static const char *const defaults[][2] = {
		{ "PATH", "PATH=" DEFAULT_PATH }, { "HOME", "HOME=/root" }, { "TERM", "TERM=linux" },
	};
	const size_t extra = sizeof defaults / sizeof *defaults;
	size_t count = 0;
	char **full;

	while (envp[count])
		count++;
	full = calloc(count + extra + 1, sizeof *full);
	if (!full)
		return NULL;
	memcpy(full, envp, count * sizeof *full);
	for (size_t i = 0; i < extra; i++)
		if (!find_variable(envp, defaults[i][0]))
			full[count++] = (char *)defaults[i][1];
	return full;
}

static int by_name(const void *name, const void *applet)
{
	return strcmp(name, *(const char *const *)applet);
}

static bool is_applet(const char *name)
{
	return bsearch(name, applets, sizeof applets / sizeof *applets, sizeof *applets, by_name) != NULL;
}

/* The file to execute, in buffer or as given. Applets need no link in the file system. */
static const char *find_program(const char *name, const char *path, char *buffer, size_t size)
{
	const char *base = strrchr(name, '/');

	if (base) {
		static const char *const homes[] = { "/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/" };
		size_t length = (size_t)(base + 1 - name);

		for (size_t i = 0; i < sizeof homes / sizeof *homes; i++)
			if (strlen(homes[i]) == length && strncmp(name, homes[i], length) == 0 &&
			    access(name, F_OK) < 0 && is_applet(base + 1))
				return BUSYBOX;
		return name;
	}
	while (*path) {
		size_t length = strcspn(path, ":");
		int n = snprintf(buffer, size, "%.*s/%s", (int)length, path, name);

		if (length > 0 && n > 0 && (size_t)n < size && access(buffer, X_OK) == 0)
			return buffer;
		path += length + (path[length] == ':');
	}
	return is_applet(name) ? BUSYBOX : NULL;
}

static int file_actions(posix_spawn_file_actions_t *actions, const struct run_order *order, const int stdio[3],
			const char *terminal)
{
	int error = 0;

	/* The first open of a terminal by a new session's leader makes it the controlling one. */
	for (int i = 0; i < 3 && !error; i++) {
		if (terminal && i == 0)
			error = posix_spawn_file_actions_addopen(actions, 0, terminal, O_RDWR, 0);
		else
			error = posix_spawn_file_actions_adddup2(actions, terminal ? 0 : stdio[i], i);
	}
	if (!error)
		error = posix_spawn_file_actions_addchdir_np(actions, *order->directory ? order->directory : "/root");
	return error;
}

int spawn_command(const struct run_order *order, const int stdio[3], const char *terminal, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	char buffer[4096];
	const char *program;
	int error;
	char **envp = environment(order->envp);

	if (!envp)
		return ENOMEM;
	program = find_program(order->argv[0], find_variable(envp, "PATH"), buffer, sizeof buffer);
	if (!program) {
		free(envp);
		return ENOENT;
	}
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawn_file_actions_init(&actions);
	error = file_actions(&actions, order, stdio, terminal);
	if (!error)
		error = posix_spawn(pid, program, &actions, &attributes, order->argv, envp);
	posix_spawn_file_actions_destroy(&actions);
	free(envp);
	return error;
}
