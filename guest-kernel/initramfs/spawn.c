/*
 * Starting the command with as few of the kernel's instructions as it takes: the process is there beforehand, on init's memory, and
 * only has to become the program.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
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

/*
 * As the root is until a first command may have changed it: the folders of the usual path that there are, each by one name
 * only, and which applets' names are files' in the one folder that /bin and its like all are.
 */
static struct {
	bool known, one_folder;
	char folders[sizeof DEFAULT_PATH];
	bool file[sizeof applets / sizeof *applets];
} root;

static int by_name(const void *name, const void *applet)
{
	return strcmp(name, *(const char *const *)applet);
}

/* The applet's number, or -1. */
static int find_applet(const char *name)
{
	const char *const *found = bsearch(name, applets, sizeof applets / sizeof *applets, sizeof *applets, by_name);

	return found ? (int)(found - applets) : -1;
}

static void note_files(const char *folder)
{
	DIR *files = opendir(folder);
	struct dirent *entry;

	while (files && (entry = readdir(files))) {
		int applet = find_applet(entry->d_name);

		if (applet >= 0)
			root.file[applet] = true;
	}
	if (files)
		closedir(files);
	root.one_folder = files != NULL;
}

void spawn_look(void)
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
			used += (size_t)sprintf(root.folders + used, used ? ":%s" : "%s", name);
		}
	}
	if (count == 1)
		note_files(root.folders);
	root.known = true;
}

static bool in_a_home(const char *name, const char *base)
{
	static const char *const homes[] = { "/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/" };
	size_t length = (size_t)(base + 1 - name);

	for (size_t i = 0; i < sizeof homes / sizeof *homes; i++)
		if (strlen(homes[i]) == length && strncmp(name, homes[i], length) == 0)
			return true;
	return false;
}

static const char *search(const char *name, const char *path, char *buffer, size_t size)
{
	while (*path) {
		size_t length = strcspn(path, ":");
		int n = snprintf(buffer, size, "%.*s/%s", (int)length, path, name);

		if (length > 0 && n > 0 && (size_t)n < size && access(buffer, X_OK) == 0)
			return buffer;
		path += length + (path[length] == ':');
	}
	return NULL;
}

/* The file to execute, in buffer or as given. Applets need no link in the file system. */
static const char *find_program(const char *name, const char *path, char *buffer, size_t size)
{
	const char *base = strrchr(name, '/');
	const char *found;
	bool usual = strcmp(path, DEFAULT_PATH) == 0;
	int applet = find_applet(base ? base + 1 : name);

	if (base && (applet < 0 || !in_a_home(name, base)))
		return name;
	if (root.known && root.one_folder && applet >= 0 && !root.file[applet] && (base || usual))
		return BUSYBOX;
	if (base)
		return access(name, F_OK) < 0 ? BUSYBOX : name;
	found = search(name, root.known && usual ? root.folders : path, buffer, size);
	return found ? found : applet >= 0 ? BUSYBOX : NULL;
}

/* The next command's process. */
static struct {
	pid_t pid;				/* 0: there is none */
	volatile int waits, go;			/* it has made itself ready; it may go on */
	volatile int here;			/* on init's memory: the kernel clears it when the process has become a program, or has ended */
	volatile int error;			/* why it could not */
	int stdio[3];
	const char *program, *terminal;
	const struct run_order *order;
	_Alignas(16) char stack[16384];
} next;

static struct run_order next_order;

/* Without errno, which is init's and the new process's in one place. */
static long kernel(long number, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
	return result;
}

static void await(volatile int *word)
{
	while (!*word)
		kernel(SYS_futex, (long)word, FUTEX_WAIT_PRIVATE, 0, 0);
}

static void wake(volatile int *word)
{
	*word = 1;
	kernel(SYS_futex, (long)word, FUTEX_WAKE_PRIVATE, 1, 0);
}

/* In the new process, on init's memory. The signal mask comes last, but there are no handlers in any case. */
static int become(void *unused)
{
	const uint64_t none = 0;
	long fd = -1, error = 0;

	(void)unused;
	kernel(SYS_setsid, 0, 0, 0, 0);
	for (int i = 0; i < 3 && next.stdio[i] >= 0; i++)
		kernel(SYS_dup2, next.stdio[i], i, 0, 0);
	wake(&next.waits);
	await(&next.go);
	/* The first open of a terminal by a new session's leader makes it the controlling one. */
	if (next.terminal) {
		fd = error = kernel(SYS_open, (long)next.terminal, O_RDWR | O_CLOEXEC, 0, 0);
		for (int i = 0; i < 3 && error >= 0; i++)
			error = kernel(SYS_dup2, fd, i, 0, 0);
	}
	/* Without a folder it stays in init's, which is /root. */
	if (error >= 0 && *next.order->directory)
		error = kernel(SYS_chdir, (long)next.order->directory, 0, 0, 0);
	if (error >= 0) {
		kernel(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, sizeof none);
		error = kernel(SYS_execve, (long)next.program, (long)next.order->argv, (long)next.order->envp, 0);
	}
	next.error = (int)-error;
	kernel(SYS_exit_group, 127, 0, 0, 0);
	return 0;
}

int spawn_prepare(const int stdio[3])
{
	static const struct timespec patience = { .tv_nsec = 100000000 };

	if (next.pid && !next.go)
		return 0;
	memcpy(next.stdio, stdio, sizeof next.stdio);
	next.waits = next.go = next.error = 0;
	next.here = 1;
	next.pid = clone(become, next.stack + sizeof next.stack, CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD, NULL, NULL, NULL,
			 &next.here);
	if (next.pid < 0) {
		next.pid = 0;
		return errno;
	}
	/* Somebody may kill it before it has said so; it is reaped like any child then. */
	while (!next.waits && next.here)
		kernel(SYS_futex, (long)&next.waits, FUTEX_WAIT_PRIVATE, 0, (long)&patience);
	return 0;
}

void spawn_dismiss(void)
{
	if (next.pid && !next.go) {
		kill(next.pid, SIGKILL);
		waitpid(next.pid, NULL, 0);
		next.pid = 0;
	}
}

void spawn_reaped(pid_t pid)
{
	if (pid == next.pid && !next.go)
		next.pid = 0;
}

bool spawn_pending(void)
{
	return next.here;
}

int spawn_error(void)
{
	return next.error;
}

int spawn_command(const struct run_order *order, const char *terminal, bool wait, pid_t *pid)
{
	static char buffer[4096];

	if (next.go || !next.pid)
		return EAGAIN;
	complete_environment(order->envp);
	next.program = find_program(order->argv[0], find_variable(order->envp, "PATH"), buffer, sizeof buffer);
	root.known = false;
	if (!next.program)
		return ENOENT;
	next_order = *order;
	next.order = &next_order;
	next.terminal = terminal;
	*pid = next.pid;
	wake(&next.go);
	while (wait && next.here)	/* the kernel's wake-up is not a private one */
		kernel(SYS_futex, (long)&next.here, FUTEX_WAIT, 1, 0);
	return wait ? next.error : 0;
}
