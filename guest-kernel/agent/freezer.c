/* What is asked of containers that run: other limits, a pause. */
#include <stddef.h>

#include "container.h"

enum { LOOK_MILLIS = 5 };

enum code update_container(struct call *call, void *message, void *reply)
{
	const grpc_UpdateContainerRequest *request = message;
	const struct container *container = container_wanted(call, request->container_id);

	(void)reply;
	if (!container)
		return NOT_FOUND;
	return request->has_resources ? cgroup_limit(call, container, &request->resources) : OK;
}

static void look_at_freezer(struct timer *timer)
{
	struct container *container = (struct container *)((char *)timer - offsetof(struct container, timer));
	struct call *call = container->waiting;

	if (cgroup_is(container->cgroup, "frozen", container->paused)) {
		container->waiting = NULL;
		call_end(call, OK, NULL);
	} else if (now_millis() < container->until) {
		timer_set(timer, LOOK_MILLIS);
	} else {
		container->waiting = NULL;
		container->paused = false;
		cgroup_write(container->cgroup, "cgroup.freeze", "0");
		call_end(call, fail(call, DEADLINE_EXCEEDED, "the container's processes do not stand still"), NULL);
	}
}

static enum code freeze(struct call *call, const char *id, bool paused)
{
	enum { PATIENCE = 10000 };
	struct container *container = container_wanted(call, id);

	if (!container)
		return NOT_FOUND;
	if (container->state != RUNNING || container->paused == paused || container->waiting)
		return fail(call, FAILED_PRECONDITION, paused ? "only what runs is paused" : "only what is paused is resumed");
	if (container->cgroup < 0)
		return fail(call, FAILED_PRECONDITION, "there are no cgroups of version 2 here, and so no freezer");
	if (cgroup_write(container->cgroup, "cgroup.freeze", paused ? "1" : "0") < 0)
		return fail_errno(call, "cgroup.freeze");
	container->paused = paused;
	container->waiting = call;
	container->until = now_millis() + PATIENCE;
	container->timer.due = look_at_freezer;
	timer_set(&container->timer, 0);
	return LATER;
}

enum code pause_container(struct call *call, void *message, void *reply)
{
	(void)reply;
	return freeze(call, ((grpc_PauseContainerRequest *)message)->container_id, true);
}

enum code resume_container(struct call *call, void *message, void *reply)
{
	(void)reply;
	return freeze(call, ((grpc_ResumeContainerRequest *)message)->container_id, false);
}
