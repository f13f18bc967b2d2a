/*
 * Hooks: programs of the guest, run at a container's turns with its state on their standard input. "prestart" before its program, whose start fails
 * with theirs; "poststart" behind that, and "poststop" at its removal, where a failure is only told of. None is waited for by the agent itself.
 */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "container.h"

struct running {
	struct program program;	/* first */
	char *container;
	enum turn turn;
	pb_size_t at;
};

static pb_size_t list_of(const struct container *container, enum turn turn, const grpc_Hook **list)
{
	const grpc_Hooks *hooks = &container->asked.oci.hooks;

	*list = turn == PRESTART ? hooks->prestart : turn == POSTSTART ? hooks->poststart : hooks->poststop;
	if (!container->asked.oci.has_hooks)
		return 0;
	return turn == PRESTART ? hooks->prestart_count : turn == POSTSTART ? hooks->poststart_count : hooks->poststop_count;
}

static enum code check(struct call *call, const grpc_Hook *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (*word(list[i].path) != '/' || list[i].timeout < 0 || list[i].timeout > 3600)
			return fail(call, INVALID_ARGUMENT, "a hook needs an absolute path, and an hour at the most");
	return OK;
}

enum code hooks_check(struct call *call, const grpc_Hooks *hooks)
{
	enum code code = check(call, hooks->prestart, hooks->prestart_count);

	if (hooks->create_runtime_count || hooks->create_container_count || hooks->start_container_count)
		return fail(call, UNIMPLEMENTED, "of hooks only prestart, poststart and poststop are for this agent");
	code = code == OK ? check(call, hooks->poststart, hooks->poststart_count) : code;
	return code == OK ? check(call, hooks->poststop, hooks->poststop_count) : code;
}

/* Quotes and the like in a path, which JSON has its own way to write. */
static void escape(const char *text, char *into, size_t size)
{
	size_t used = 0;

	for (; *text && used + 7 < size; text++) {
		if (*text == '"' || *text == '\\')
			into[used++] = '\\';
		if ((unsigned char)*text < ' ')
			used += (size_t)snprintf(into + used, 7, "\\u%04x", *text);
		else
			into[used++] = *text;
	}
	into[used] = 0;
}

static int state_of(const struct container *container, enum turn turn, char *text, size_t size)
{
	static const char *const words[] = { "created", "running", "stopped" };
	const struct process *first = container_first(container);
	char root[PATH_MAX], bundle[2 * PATH_MAX];

	if (snprintf(root, sizeof root, "%s", container->asked.oci.root.path) >= (int)sizeof root)
		return 0;
	escape(dirname(root), bundle, sizeof bundle);
	return snprintf(text, size, "{\"ociVersion\":\"1.0.2\",\"id\":\"%s\",\"status\":\"%s\",\"pid\":%d,\"bundle\":\"%s\"}\n",
		container->id, words[turn], turn == POSTSTOP || !first ? 0 : first->pid, bundle);
}

static void next(struct container *container, enum turn turn, pb_size_t at);

static void ended(struct program *program, int status)
{
	struct running *running = (struct running *)program;
	struct container *container = container_find(running->container);

	if (status)
		say("a hook failed", running->container);
	free(running->container);
	if (!container)
		return;
	if (status && running->turn == PRESTART)
		hooks_done(container, running->turn, program, status);
	else
		next(container, running->turn, running->at + 1);
}

static void next(struct container *container, enum turn turn, pb_size_t at)
{
	static char state[3 * PATH_MAX];
	const grpc_Hook *list;
	const pb_size_t count = list_of(container, turn, &list);
	struct running *running;
	char **argv, **envp;
	int error;

	if (at >= count) {
		hooks_done(container, turn, NULL, 0);
		return;
	}
	running = calloc(1, sizeof *running);
	/* Its own list of words begins with its name, whatever its path is. */
	argv = calloc(list[at].args_count + 2, sizeof *argv);
	envp = calloc(list[at].env_count + 1, sizeof *envp);
	error = running && argv && envp && (running->container = strdup(container->id)) ? 0 : ENOMEM;
	if (!error) {
		running->program.ended = ended;
		running->turn = turn;
		running->at = at;
		argv[0] = list[at].path;
		for (pb_size_t i = 1; i < list[at].args_count; i++)
			argv[i] = list[at].args[i];
		for (pb_size_t i = 0; i < list[at].env_count; i++)
			envp[i] = list[at].env[i];
		error = program_start(&running->program, argv, envp, state, (size_t)state_of(container, turn, state, sizeof state),
			list[at].timeout);
	}
	free(argv);
	free(envp);
	if (!error)
		return;
	if (running)
		free(running->container);
	free(running);
	say(list[at].path, strerror(error));
	if (turn == PRESTART)
		hooks_done(container, turn, NULL, error);
	else
		next(container, turn, at + 1);
}

void hooks_run(struct container *container, enum turn turn)
{
	next(container, turn, 0);
}
