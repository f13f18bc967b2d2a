/* The agent (guest-kernel/agent), which serves the host over vsock beside the orders of the channel. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "init.h"

#define AGENT "/bin/jvmm-agent"

enum { PATIENCE = 5000, MOST_RESTARTS = 5 };

static pid_t agent;
static int restarts;

static void start(int ready)
{
	static char *const arguments[] = { "jvmm-agent", "--ready", "3", NULL };
	static char *const environment[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	sigset_t none;

	sigemptyset(&none);
	/* Until execve() the child is on this memory. */
	agent = vfork();
	if (agent != 0)
		return;
	setsid();
	sigprocmask(SIG_SETMASK, &none, NULL);
	chdir("/");
	if ((ready == 3 ? fcntl(3, F_SETFD, 0) : dup2(ready, 3)) >= 0)
		execve(AGENT, arguments, environment);
	_exit(127);
}

/* What it does at its start is not left to each clone of this guest: it listens when this returns. */
void agent_start(void)
{
	struct pollfd ready = { .events = POLLIN };
	int ends[2];
	char word;

	if (access(AGENT, X_OK) < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return;
	start(ends[1]);
	close(ends[1]);
	ready.fd = ends[0];
	if (agent > 0 && poll(&ready, 1, PATIENCE) > 0)
		(void)!read(ends[0], &word, 1);
	close(ends[0]);
}

void agent_reaped(pid_t pid)
{
	if (pid != agent || restarts == MOST_RESTARTS)
		return;
	restarts++;
	agent_start();
}
