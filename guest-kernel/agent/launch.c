/* How processes inside of containers start: see container.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "container.h"

enum { MOST_WORDS = 220 };

struct report {
	int32_t error;
	char what, why[MOST_WORDS];
};

void tell(int report, char what, int error, const char *why)
{
	struct report told = { .error = error, .what = what };

	snprintf(told.why, sizeof told.why, "%s", why);
	/* Fits the pipe whole. */
	(void)!write(report, &told, sizeof told);
}

/* What becomes of it is nobody's business any more. */
void starter_end(struct starter *starter)
{
	unwatch(&starter->watcher);
	close(starter->watcher.fd);
	free(starter);
}

void starter_cancel(struct starter *starter)
{
	if (starter->call)
		call_end(starter->call, fail(starter->call, NOT_FOUND, "the process is gone before it began"), NULL);
	starter_end(starter);
}

static void report_ready(struct watcher *watcher, uint32_t events)
{
	struct starter *starter = (struct starter *)watcher;
	struct report told = { 0 };
	ssize_t n = read(watcher->fd, &told, sizeof told);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	told.why[sizeof told.why - 1] = 0;
	if (n == sizeof told)
		starter->told(starter, told.what, told.error, told.why);
	else
		starter->told(starter, 0, 0, "");
}

/* In a PID namespace that is there already: only who is made from now on is in it, so the agent goes there and back. */
static long copy_in(int pid_namespace, unsigned long flags)
{
	int own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC), error = 0;
	long pid = -1;

	if (own < 0 || setns(pid_namespace, CLONE_NEWPID) < 0) {
		error = errno;
		if (own >= 0)
			close(own);
		return errno = error, -1;
	}
	pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		close(own);
		return 0;
	}
	error = errno;
	if (setns(own, CLONE_NEWPID) < 0) {
		say("cannot come back from a container's PID namespace", strerror(errno));
		abort();
	}
	close(own);
	return errno = error, pid;
}

int start_copy(struct starter *starter, unsigned long flags, int pid_namespace, starter_child *child, void *argument, pid_t *pid)
{
	int ends[2], error;
	sigset_t none;
	long made;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return errno;
	made = pid_namespace < 0 ? syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0) : copy_in(pid_namespace, flags);
	if (made == 0) {
		/* A copy of the agent's memory is not for a container's debuggers. */
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
		sigemptyset(&none);
		signal(SIGPIPE, SIG_DFL);
		sigprocmask(SIG_SETMASK, &none, NULL);
		child(argument, ends[1]);
		_exit(127);
	}
	error = errno;
	close(ends[1]);
	if (made < 0) {
		close(ends[0]);
		return error;
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	starter->watcher = (struct watcher){ .fd = ends[0], .ready = report_ready };
	watch(&starter->watcher, EPOLLIN);
	*pid = (pid_t)made;
	return 0;
}

static int by_number(const void *one, const void *other)
{
	return *(const int *)one - *(const int *)other;
}

void close_others(int one, int other, int third)
{
	int kept[] = { one, other, third };
	unsigned from = 3;

	qsort(kept, 3, sizeof *kept, by_number);
	for (int i = 0; i < 3; i++) {
		if (kept[i] < (int)from)
			continue;
		if ((unsigned)kept[i] > from)
			syscall(SYS_close_range, from, (unsigned)kept[i] - 1, 0);
		from = (unsigned)kept[i] + 1;
	}
	syscall(SYS_close_range, from, UINT_MAX, 0);
}

static const char *const entered[] = { "ipc", "uts", "net", "cgroup", "mnt" };

enum { ENTERED = sizeof entered / sizeof *entered };

struct entry {
	struct spawn *order;
	int namespaces[ENTERED], pids, root, cgroup;
};

static void entry_close(struct entry *entry)
{
	for (size_t i = 0; i < ENTERED; i++)
		if (entry->namespaces[i] >= 0)
			close(entry->namespaces[i]);
	if (entry->pids >= 0)
		close(entry->pids);
	if (entry->root >= 0)
		close(entry->root);
}

/* Whatever the container's first process is in. It is the agent's child and was not waited for: its number is its own. */
static int entry_open(struct entry *entry, pid_t first)
{
	char path[64];

	*entry = (struct entry){ .namespaces = { -1, -1, -1, -1, -1 }, .pids = -1, .root = -1, .cgroup = -1 };
	for (size_t i = 0; i < ENTERED; i++) {
		snprintf(path, sizeof path, "/proc/%d/ns/%s", first, entered[i]);
		entry->namespaces[i] = open(path, O_RDONLY | O_CLOEXEC);
		if (entry->namespaces[i] < 0)
			return -1;
	}
	snprintf(path, sizeof path, "/proc/%d/ns/pid", first);
	entry->pids = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof path, "/proc/%d/root", first);
	entry->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return entry->pids < 0 || entry->root < 0 ? -1 : 0;
}

/* HOME, where nobody has said it, is what the container's own list of users says: read inside, by the process itself. */
void find_home(struct spawn *order)
{
	static char home[PATH_MAX + 8] = "HOME=";
	size_t count = 0;

	while (order->envp[count])
		count++;
	if (variable(order->envp, "HOME"))
		return;
	home_of(order->uid, home + 5, sizeof home - 5);
	order->envp[count] = home;
}

static void exec_child(void *argument, int report)
{
	struct entry *entry = argument;
	struct spawn *order = entry->order;

	order->failed = "cannot take its streams";
	if (take_stdio(order) < 0)
		goto failed;
	order->failed = "cannot set its OOM score";
	if (set_oom_score(order) < 0)
		goto failed;
	order->failed = "cannot enter its cgroup";
	if (entry->cgroup >= 0 && cgroup_write(entry->cgroup, "cgroup.procs", "0") < 0)
		goto failed;
	order->failed = "cannot enter its namespaces";
	for (size_t i = 0; i < ENTERED; i++)
		if (setns(entry->namespaces[i], 0) < 0)
			goto failed;
	order->failed = "cannot enter its root";
	if (fchdir(entry->root) < 0 || chroot(".") < 0 || chdir("/") < 0)
		goto failed;
	close_others(report, -1, -1);
	umask(0022);
	find_home(order);
	become(order);
failed:
	tell(report, 'F', errno, order->failed ? order->failed : order->argv[0]);
	_exit(127);
}

enum code start_failure(struct call *call, int error, const char *why)
{
	enum code code;

	errno = error;
	code = fail_errno(call, why);
	return error == EACCES || error == ENOEXEC ? FAILED_PRECONDITION : code;
}

static void exec_told(struct starter *starter, char what, int error, const char *why)
{
	struct process *process = starter->process;

	process->starter = NULL;
	call_end(starter->call, what == 'F' ? start_failure(starter->call, error, why) : OK, NULL);
	starter_end(starter);
	if (what == 'F')
		process_drop(process);
}

enum code container_exec(struct call *call, struct container *container, struct process *process, struct spawn *order)
{
	const struct process *first = container_first(container);
	struct starter *starter = calloc(1, sizeof *starter);
	struct entry entry;
	int error;

	if (!starter)
		return fail(call, RESOURCE_EXHAUSTED, "out of memory");
	*starter = (struct starter){ .told = exec_told, .call = call, .process = process };
	order->inside = true;
	order->filter = container->filter.len ? &container->filter : NULL;
	order->filter_flags = container->filter_flags;
	error = entry_open(&entry, first->pid) < 0 ? errno : 0;
	entry.order = order;
	entry.cgroup = container->cgroup;
	if (!error)
		error = start_copy(starter, 0, entry.pids, exec_child, &entry, &process->pid);
	entry_close(&entry);
	if (error) {
		free(starter);
		errno = error;
		return fail_errno(call, "cannot start a process in the container");
	}
	process->starter = starter;
	return LATER;
}
