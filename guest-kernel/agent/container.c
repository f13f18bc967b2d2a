/* Containers, from CreateContainer to RemoveContainer. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pb_decode.h>

#include "container.h"
#include "process.h"

enum { MOST_CONTAINERS = 256, MOST_NAME = 200, LOOK_MILLIS = 5 };

#define ID_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+:-"

static struct container *containers;
static unsigned container_count;

struct container *container_find(const char *id)
{
	struct container *container = containers;

	while (container && strcmp(container->id, id) != 0)
		container = container->next;
	return container;
}

struct container *container_next(const struct container *after)
{
	return after ? after->next : containers;
}

struct container *container_wanted(struct call *call, const char *id)
{
	struct container *container = container_find(word(id));

	if (!container)
		fail(call, NOT_FOUND, "there is no container \"%.60s\"", word(id));
	return container;
}

struct process *container_first(const struct container *container)
{
	struct process *process = NULL;

	while ((process = process_next(process, container->id)))
		if (process->first)
			return process;
	return NULL;
}

static void close_go(struct container *container)
{
	if (container->go >= 0)
		close(container->go);
	container->go = -1;
}

static void give_up(struct call **waiting)
{
	struct call *call = *waiting;

	*waiting = NULL;
	if (call)
		call_end(call, fail(call, NOT_FOUND, "the container is removed"), NULL);
}

/* Everything that it took; nobody runs in it any more. */
static void forget(struct container *container)
{
	struct process *process;

	for (struct container **at = &containers; *at; at = &(*at)->next)
		if (*at == container) {
			*at = container->next;
			container_count--;
			break;
		}
	timer_clear(&container->timer);
	close_go(container);
	give_up(&container->starting);
	give_up(&container->waiting);
	while ((process = process_next(NULL, container->id)))
		process_drop(process);
	oom_forget(container);
	cgroup_remove(container);
	storages_release(container->asked.storages, container->mounted);
	pb_release(grpc_CreateContainerRequest_fields, &container->asked);
	free(container->filter.filter);
	free(container->id);
	free(container);
}

/* Into one, that is: the message's strings become the container's. */
static enum code take_in(struct call *call, grpc_CreateContainerRequest *request, struct container **made)
{
	const char *id = word(request->container_id);
	struct container *container;

	if (!*id || strlen(id) > MOST_NAME || *id == '.' || strspn(id, ID_BYTES) != strlen(id))
		return fail(call, INVALID_ARGUMENT, "a container needs an id of at most %d letters, digits and \"._+:-\"", MOST_NAME);
	if (container_find(id))
		return fail(call, ALREADY_EXISTS, "there is a container \"%.60s\" already", id);
	container = container_count < MOST_CONTAINERS ? calloc(1, sizeof *container) : NULL;
	if (!container || !(container->id = strdup(id))) {
		free(container);
		return fail(call, RESOURCE_EXHAUSTED, "no memory, or no room, for one more container");
	}
	container->asked = *request;
	*request = (grpc_CreateContainerRequest)grpc_CreateContainerRequest_init_zero;
	container->go = container->cgroup = container->oom_watch = -1;
	container->next = containers;
	containers = container;
	container_count++;
	*made = container;
	return OK;
}

/* What of a spec's process spawn() and become() want to know. */
static enum code fill_order(struct call *call, const grpc_Process *asked, struct spawn *order)
{
	order->argv = calloc(asked->args_count + 1, sizeof *order->argv);
	order->envp = calloc(asked->env_count + 2, sizeof *order->envp);
	if (!order->argv || !order->envp)
		return fail(call, RESOURCE_EXHAUSTED, "out of memory");
	memcpy(order->argv, asked->args, asked->args_count * sizeof *order->argv);
	if (asked->env_count)
		memcpy(order->envp, asked->env, asked->env_count * sizeof *order->envp);
	order->cwd = asked->cwd;
	order->uid = asked->user.uid;
	order->gid = asked->user.gid;
	order->groups = (gid_t *)asked->user.additional_gids;
	order->group_count = asked->user.additional_gids_count;
	order->terminal = asked->terminal;
	order->no_new_privileges = asked->no_new_privileges;
	order->process = asked;
	return OK;
}

static enum code begin(struct call *call, struct container *container)
{
	const grpc_CreateContainerRequest *asked = &container->asked;
	const grpc_Process *wanted = &asked->oci.process;
	struct spawn order = { .stdio = { -1, -1, -1 } };
	struct process *process;
	enum code code;
	int error;

	error = process_make(container->id, *word(asked->exec_id) ? asked->exec_id : container->id, wanted->terminal, order.stdio, &process);
	if (error) {
		errno = error;
		return fail_errno(call, "cannot make its streams");
	}
	process->first = true;
	if (wanted->terminal && wanted->has_console_size)
		set_window(order.stdio[0], &wanted->console_size);
	code = fill_order(call, wanted, &order);
	if (code == OK)
		code = container_launch(call, container, process, &order);
	free(order.argv);
	free(order.envp);
	for (int i = 0; i < 3; i++)
		if (order.stdio[i] >= 0)
			close(order.stdio[i]);
	return code;
}

enum code create_container(struct call *call, void *message, void *reply)
{
	grpc_CreateContainerRequest *request = message;
	struct container *container = NULL;
	enum code code = spec_check(call, request);

	(void)reply;
	if (code == OK)
		code = take_in(call, request, &container);
	if (code == OK && container->asked.oci.linux.has_seccomp)
		code = seccomp_compile(call, &container->asked.oci.linux.seccomp, &container->filter, &container->filter_flags);
	if (code == OK)
		code = devices_find(call, &container->asked);
	if (code == OK)
		code = storages_hold(call, container->asked.storages, container->asked.storages_count, &container->mounted);
	if (code == OK)
		code = cgroup_make(call, container);
	if (code == OK)
		code = begin(call, container);
	if (code == LATER)
		container->starting = call;
	else if (container)
		forget(container);
	return code;
}

/* Ends everybody in it; true when nobody is left. */
static bool quiet(struct container *container)
{
	struct process *process = NULL;
	bool alive = false;

	close_go(container);
	if (container->cgroup >= 0) {
		cgroup_write(container->cgroup, "cgroup.freeze", "0");
		if (cgroup_write(container->cgroup, "cgroup.kill", "1") < 0)
			cgroup_signal(container->cgroup, SIGKILL);
	}
	while ((process = process_next(process, container->id)))
		if (!process->exited && process->pid > 0) {
			kill(process->pid, SIGKILL);
			alive = true;
		}
	return !alive && (container->cgroup < 0 || cgroup_is(container->cgroup, "populated", 0));
}

static void look_at_end(struct timer *timer)
{
	struct container *container = (struct container *)((char *)timer - offsetof(struct container, timer));
	struct call *call = container->waiting;

	if (!container->hooked && quiet(container)) {
		container->hooked = true;
		/* What was never created has no end that a hook is about. */
		if (container->result == OK)
			hooks_run(container, POSTSTOP);
		else
			hooks_done(container, POSTSTOP, NULL, 0);
		return;
	}
	if (now_millis() < container->until) {
		timer_set(timer, LOOK_MILLIS);
		return;
	}
	container->waiting = NULL;
	call_end(call, fail(call, DEADLINE_EXCEEDED, "processes of the container do not end"), NULL);
}

/* The call is answered with the code when everybody in it is gone, and it itself; seconds of 0: whenever that is. */
static void end(struct container *container, struct call *call, enum code code, unsigned seconds)
{
	container->waiting = call;
	container->result = code;
	container->until = seconds ? now_millis() + (int64_t)seconds * 1000 : INT64_MAX;
	container->timer.due = look_at_end;
	timer_set(&container->timer, 0);
}

/* What the first process has told of its start: that it is ready, that it failed, or by silence that it is its program. */
void container_told(struct starter *starter, char what, int error, const char *why)
{
	struct container *container = starter->about;
	struct process *process = starter->process;
	struct call *call = container->starting;
	enum code code;

	container->starting = NULL;
	if (what == 'R') {
		container->state = CREATED;
		call_end(call, OK, NULL);
		return;
	}
	process->starter = container->starter = NULL;
	starter_end(starter);
	if (container->state == RUNNING && !what) {
		if (process->exited)
			container->state = STOPPED;
		container->starting = call;
		container->hooked = true;
		hooks_run(container, POSTSTART);
		return;
	}
	/* Its program could not be started, or it died before it was ready. */
	code = !call ? OK : what == 'F' ? start_failure(call, error, why) :
		fail(call, FAILED_PRECONDITION, "the container's first process died at its start");
	if (call && container->state == CREATING && !container->waiting)
		end(container, call, code, 0);
	else if (call)
		call_end(call, code, NULL);
	container->state = STOPPED;
}

enum code start_container(struct call *call, void *message, void *reply)
{
	const grpc_StartContainerRequest *request = message;
	struct container *container = container_wanted(call, request->container_id);

	(void)reply;
	if (!container)
		return NOT_FOUND;
	if (container->state != CREATED || container->waiting || container->starting)
		return fail(call, FAILED_PRECONDITION, "the container is not one that waits to be started");
	container->starting = call;
	container->hooked = true;
	hooks_run(container, PRESTART);
	return LATER;
}

static void go(struct container *container)
{
	container->state = RUNNING;
	oom_watch(container);
	/* Where it is gone, its silence tells. */
	(void)!write(container->go, "1", 1);
	close_go(container);
}

void hooks_done(struct container *container, enum turn turn, const struct program *failed, int error)
{
	struct call *call = container->starting;

	container->hooked = false;
	if (turn == PRESTART && container->waiting)
		return;
	if (turn == PRESTART && !error) {
		go(container);
	} else if (turn == PRESTART) {
		container->starting = NULL;
		errno = error;
		call_end(call, failed ? program_failure(failed, call, "a hook", error) : fail_errno(call, "a hook"), NULL);
		close_go(container);
	} else if (turn == POSTSTART) {
		container->starting = NULL;
		if (call)
			call_end(call, OK, NULL);
	} else {
		call = container->waiting;
		container->waiting = NULL;
		if (call)
			call_end(call, container->result, NULL);
		forget(container);
	}
}

void container_exited(const struct process *process)
{
	struct container *container = process->first ? container_find(process->container) : NULL;

	if (container && !container->starter)
		container->state = STOPPED;
}

enum code remove_container(struct call *call, void *message, void *reply)
{
	const grpc_RemoveContainerRequest *request = message;
	struct container *container = container_wanted(call, request->container_id);

	(void)reply;
	if (!container)
		return NOT_FOUND;
	if (container->waiting)
		return fail(call, FAILED_PRECONDITION, "the container is being removed, or paused, already");
	end(container, call, OK, request->timeout);
	return LATER;
}

/* Ends what is there; whether all of it is gone. */
bool containers_end(void)
{
	struct container *next;

	for (struct container *container = containers; container; container = next) {
		next = container->next;
		if (quiet(container) && !container->hooked) {
			container->hooked = true;
			hooks_run(container, POSTSTOP);
		}
	}
	return !containers;
}

/* At the agent's end: at once, without looking whether they go. */
void containers_close(void)
{
	containers_end();
}
