/*
 * The guest's agent: obeys the host over ttrpc, in Kata's agent protocol and our own service (protos/).
 *
 *   jvmm-agent [--listen vsock:PORT|unix:PATH] [--ready FD]
 *
 * --ready: writes a byte to that descriptor when it listens, and closes it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

static int loop = -1;
static struct timer *timers;

void say(const char *what, const char *why)
{
	fprintf(stderr, "jvmm-agent: %s: %s\n", what, why);
}

void watch(struct watcher *watcher, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watcher };

	if (watcher->events == events || watcher->fd < 0)
		return;
	if (!events)
		epoll_ctl(loop, EPOLL_CTL_DEL, watcher->fd, NULL);
	else if (epoll_ctl(loop, watcher->events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, watcher->fd, &event) < 0)
		say("epoll_ctl", strerror(errno));
	watcher->events = events;
}

void unwatch(struct watcher *watcher)
{
	watch(watcher, 0);
}

int64_t now_nanos(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t now_millis(void)
{
	return now_nanos() / 1000000;
}

void timer_clear(struct timer *timer)
{
	for (struct timer **at = &timers; *at; at = &(*at)->next)
		if (*at == timer) {
			*at = timer->next;
			break;
		}
	timer->at = 0;
}

void timer_set(struct timer *timer, int64_t millis)
{
	timer_clear(timer);
	timer->at = now_millis() + millis;
	timer->next = timers;
	timers = timer;
}

static int patience(void)
{
	int64_t first = INT64_MAX, now;

	if (!timers)
		return -1;
	for (const struct timer *timer = timers; timer; timer = timer->next)
		if (timer->at < first)
			first = timer->at;
	now = now_millis();
	return first <= now ? 0 : first - now > 60000 ? 60000 : (int)(first - now);
}

static void run_timers(void)
{
	const int64_t now = timers ? now_millis() : 0;

	for (struct timer *timer = timers; timer;) {
		if (timer->at > now) {
			timer = timer->next;
			continue;
		}
		timer_clear(timer);
		timer->due(timer);
		timer = timers;
	}
}

static void signalled(struct watcher *watcher, uint32_t events)
{
	struct signalfd_siginfo info[4];
	const ssize_t n = read(watcher->fd, info, sizeof info);

	(void)events;
	for (ssize_t i = 0; i < n / (ssize_t)sizeof *info; i++) {
		if (info[i].ssi_signo == SIGCHLD)
			continue;
		containers_close();
		_exit(0);
	}
	process_reap();
}

static void watch_signals(void)
{
	static struct watcher watcher;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	watcher.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	watcher.ready = signalled;
	watch(&watcher, EPOLLIN);
}

static _Noreturn void usage(void)
{
	fputs("usage: jvmm-agent [--listen vsock:PORT|unix:PATH] [--ready FD]\n", stderr);
	_exit(2);
}

int main(int argc, char **argv)
{
	const char *where = "vsock:1024";
	int ready = -1;

	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts("jvmm-agent " AGENT_VERSION) < 0;
	for (int i = 1; i < argc; i += 2)
		if (i + 1 < argc && strcmp(argv[i], "--listen") == 0)
			where = argv[i + 1];
		else if (i + 1 < argc && strcmp(argv[i], "--ready") == 0)
			ready = atoi(argv[i + 1]);
		else
			usage();
	loop = epoll_create1(EPOLL_CLOEXEC);
	watch_signals();
	if (ttrpc_listen(where) < 0) {
		say(where, strerror(errno));
		return 1;
	}
	spawn_prepare();
	process_prepare();
	if (ready >= 0) {
		/* Whoever waits keeps this guest as a template: each page that is there beforehand is a fault less in its clones. */
		mlockall(MCL_CURRENT);
		(void)!write(ready, "1", 1);
		close(ready);
	}
	for (;;) {
		struct epoll_event event;
		/* One at a time: whatever is served may end what another event is about. */
		int happened = epoll_wait(loop, &event, 1, patience());

		if (happened > 0) {
			struct watcher *watcher = event.data.ptr;

			watcher->ready(watcher, event.events);
		} else if (happened < 0 && errno != EINTR) {
			say("epoll_wait", strerror(errno));
			return 1;
		}
		run_timers();
		ttrpc_flush();
		process_prepare();
	}
}
