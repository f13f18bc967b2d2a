/* Who ran out of memory: told to whoever waits for it, or kept until somebody does. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "container.h"

enum { MOST_KEPT = 64, MOST_WAITING = 64 };

static struct watcher changes = { .fd = -1 };
static char *kept[MOST_KEPT];
static size_t kept_count, waiting_count;
static struct call *waiting;

static void answer(struct call *call, char *id)
{
	grpc_OOMEvent event = { .container_id = id };

	call_end(call, OK, &event);
}

static struct call *next_waiting(void)
{
	while (waiting) {
		struct call *call = waiting;

		waiting = call->next;
		waiting_count--;
		if (call->connection)
			return call;
		call_end(call, OK, NULL);
	}
	return NULL;
}

static void happened(const struct container *container)
{
	struct call *call = next_waiting();

	if (call)
		answer(call, container->id);
	else if (kept_count < MOST_KEPT && (kept[kept_count] = strdup(container->id)))
		kept_count++;
}

static void look(struct container *container)
{
	char text[512];
	uint64_t kills = 0;

	if (cgroup_read(container->cgroup, "memory.events", text, sizeof text) <= 0 || !cgroup_number(text, "oom_kill", &kills))
		return;
	if (kills > container->oom_kills)
		happened(container);
	container->oom_kills = kills;
}

static void changed(struct watcher *watcher, uint32_t events)
{
	char buffer[4096];

	(void)events;
	while (read(watcher->fd, buffer, sizeof buffer) > 0)
		;
	for (struct container *container = NULL; (container = container_next(container));)
		if (container->oom_watch >= 0)
			look(container);
}

void oom_watch(struct container *container)
{
	char path[64], real[4096];
	ssize_t length;
	int file;

	if (container->cgroup < 0 || (file = openat(container->cgroup, "memory.events", O_PATH | O_CLOEXEC)) < 0)
		return;
	if (changes.fd < 0) {
		changes.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
		changes.ready = changed;
		watch(&changes, EPOLLIN);
	}
	snprintf(path, sizeof path, "/proc/self/fd/%d", file);
	length = readlink(path, real, sizeof real - 1);
	close(file);
	if (length <= 0)
		return;
	real[length] = 0;
	container->oom_watch = inotify_add_watch(changes.fd, real, IN_MODIFY);
}

void oom_forget(struct container *container)
{
	if (container->oom_watch < 0)
		return;
	/* A kill that is still to be told comes before the container's end. */
	look(container);
	inotify_rm_watch(changes.fd, container->oom_watch);
	container->oom_watch = -1;
}

enum code oom_event(struct call *call, void *request, void *reply)
{
	grpc_OOMEvent *event = reply;
	struct call **last = &waiting;

	(void)request;
	if (kept_count) {
		event->container_id = reply_text(kept[0]);
		free(kept[0]);
		memmove(kept, kept + 1, --kept_count * sizeof *kept);
		return event->container_id ? OK : fail(call, RESOURCE_EXHAUSTED, "out of memory");
	}
	for (waiting_count = 0; *last;) {
		struct call *one = *last;

		if (one->connection) {
			waiting_count++;
			last = &one->next;
			continue;
		}
		*last = one->next;
		call_end(one, OK, NULL);
	}
	if (waiting_count >= MOST_WAITING)
		return fail(call, RESOURCE_EXHAUSTED, "too many wait for this already");
	call->next = NULL;
	*last = call;
	return LATER;
}
