/* Starting the command: by vfork, since copying init would be dear, and with as few system calls as it takes. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
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
static void complete_environment(char **envp)
{
	static char *const defaults[SPAWN_VARIABLES][2] = {
		{ "PATH", "PATH=" DEFAULT_PATH }, { "HOME", "HOME=/root" }, { "TERM", "TERM=linux" },
	};
	size_t count = 0;

	while (envp[count])
		count++;
	for (size_t i = 0; i < SPAWN_VARIABLES; i++)
		if (!find_variable(envp, defaults[i][0])) {
			envp[count++] = defaults[i][1];
			envp[count] = NULL;
		}
}

/* The folders of the usual path that there are, each by one name only, until a first command may have made others. */
static char usual_folders[sizeof DEFAULT_PATH];

void spawn_prepare(void)
{
	struct stat seen[8];
	size_t count = 0, used = 0, length;

	for (const char *at = DEFAULT_PATH; *at; at += length + (at[length] == ':')) {
		struct stat *folder = &seen[count];
		char name[64];
		size_t i = 0;

		length = strcspn(at, ":");
		snprintf(name, sizeof name, "%.*s", (int)length, at);
		if (count == sizeof seen / sizeof *seen || stat(name, folder) < 0)
			continue;
		while (i < count && (seen[i].st_ino != folder->st_ino || seen[i].st_dev != folder->st_dev))
			i++;
		if (i == count) {
			count++;
			used += (size_t)sprintf(usual_folders + used, used ? ":%s" : "%s", name);
		}
	}
}

static const char *search_path(char *const *envp)
{
	const char *path = find_variable(envp, "PATH");

	return usual_folders[0] && strcmp(path, DEFAULT_PATH) == 0 ? usual_folders : path;
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

/*
 * In the new process, on init's memory and stack: init stands still until this execs or exits. The signal mask comes last, but
 * there are no handlers in any case.
 */
static _Noreturn void become(const char *program, const struct run_order *order, const int stdio[3], const char *terminal,
			     volatile int *error)
{
	sigset_t none;
	int fd = -1;

	setsid();
	/* The first open of a terminal by a new session's leader makes it the controlling one. */
	if (terminal && (fd = open(terminal, O_RDWR | O_CLOEXEC)) < 0)
		goto failed;
	for (int i = 0; i < 3; i++)
		if (dup2(terminal ? fd : stdio[i], i) < 0)
			goto failed;
	/* Without a folder it stays in init's, which is /root. */
	if (*order->directory && chdir(order->directory) < 0)
		goto failed;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(program, order->argv, order->envp);
failed:
	*error = errno;
	_exit(127);
}

int spawn_command(const struct run_order *order, const int stdio[3], const char *terminal, pid_t *pid)
{
	char buffer[4096];
	const char *program;
	volatile int error = 0;

	complete_environment(order->envp);
	program = find_program(order->argv[0], search_path(order->envp), buffer, sizeof buffer);
	usual_folders[0] = 0;
	if (!program)
		return ENOENT;
	*pid = vfork();
	if (*pid == 0)
		become(program, order, stdio, terminal, &error);
	return *pid < 0 ? errno : error;
}
