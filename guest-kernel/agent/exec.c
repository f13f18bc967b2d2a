/* The calls about processes: what is asked for is checked here, and process.c does it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent.h"
#include "agent.pb.h"
#include "container.h"
#include "guest.pb.h"
#include "process.h"

enum { MORE_VARIABLES = 4, MOST_NAME = 200 };

#define USUAL_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* A container's first process is meant where none is named. */
static struct process *look_for(struct call *call, const char *container, const char *id)
{
	struct process *process = *word(id) || !*word(container) ? process_find(word(container), word(id)) : NULL;

	if (!*word(id) && *word(container))
		while ((process = process_next(process, container)) && !process->first)
			;
	if (!process)
		fail(call, NOT_FOUND, "there is no process \"%.60s\" in \"%.60s\"", word(id), word(container));
	return process;
}

const char *variable(char **envp, const char *name)
{
	const size_t length = strlen(name);

	for (; envp && *envp; envp++)
		if (strncmp(*envp, name, length) == 0 && (*envp)[length] == '=')
			return *envp + length + 1;
	return NULL;
}

void set_window(int fd, const grpc_Box *box)
{
	struct winsize size = { .ws_row = (unsigned short)box->height, .ws_col = (unsigned short)box->width };

	if (size.ws_row && size.ws_col)
		ioctl(fd, TIOCSWINSZ, &size);
}

/* Environment and user of a process outside of containers, as a login would have them. */
static const char *outside(struct spawn *order, const grpc_Process *process, char home[], size_t size, char **envp)
{
	static char path[] = "PATH=" USUAL_PATH, term[] = "TERM=linux";
	const char *user = process->has_user ? word(process->user.username) : "";
	const char *wrong = NULL;
	size_t count = process->env_count;

	memcpy(home, "HOME=", 5);
	if (*user)
		wrong = user_named(order, user, home + 5, size - 5);
	else if (user_super(order, home + 5, size - 5) != NULL)
		strcpy(home + 5, "/");
	if (!*user && process->has_user) {
		order->uid = process->user.uid;
		order->gid = process->user.gid;
	}
	if (count)
		memcpy(envp, process->env, count * sizeof *envp);
	if (!variable(envp, "PATH"))
		envp[count++] = path;
	if (!variable(envp, "HOME"))
		envp[count++] = home;
	if (process->terminal && !variable(envp, "TERM"))
		envp[count++] = term;
	if (!*word(order->cwd))
		order->cwd = variable(envp, "HOME");
	return wrong;
}

/* Where there is a container, it is answered later. */
static enum code exec_into(struct call *call, const grpc_ExecProcessRequest *request, struct process *process, struct spawn *order)
{
	const grpc_Process *asked = &request->process;
	char **argv = calloc(asked->args_count + 1, sizeof *argv);
	char **envp = calloc(asked->env_count + 1 + MORE_VARIABLES, sizeof *envp);
	char home[MOST_NAME + 8];
	const char *wrong = NULL;
	enum code code = OK;
	int error;

	if (!argv || !envp)
		code = fail(call, RESOURCE_EXHAUSTED, "out of memory");
	if (code == OK) {
		memcpy(argv, asked->args, asked->args_count * sizeof *argv);
		order->argv = argv;
		order->envp = envp;
		order->cwd = asked->cwd;
		order->terminal = asked->terminal;
		order->process = asked;
		order->no_new_privileges = asked->no_new_privileges;
		if (!*process->container) {
			wrong = outside(order, asked, home, sizeof home, envp);
		} else {
			if (asked->env_count)
				memcpy(envp, asked->env, asked->env_count * sizeof *envp);
			order->uid = asked->user.uid;
			order->gid = asked->user.gid;
		}
		if (asked->has_user && asked->user.additional_gids_count) {
			order->groups = (gid_t *)asked->user.additional_gids;
			order->group_count = asked->user.additional_gids_count;
		}
		order->keeps_user = !*process->container && spawn_keeps_user(order);
		if (wrong)
			code = fail(call, NOT_FOUND, "%s \"%.60s\"", wrong, word(asked->user.username));
	}
	if (code == OK && process->terminal && asked->has_console_size)
		set_window(order->stdio[0], &asked->console_size);
	if (code == OK && *process->container)
		code = container_exec(call, container_find(process->container), process, order);
	else if (code == OK && (error = spawn(order, &process->pid))) {
		errno = error;
		code = fail_errno(call, order->failed ? order->failed : argv[0]);
		if (error == EACCES)
			code = FAILED_PRECONDITION;
	}
	free(argv);
	free(envp);
	return code;
}

static enum code may_exec(struct call *call, const char *id, const grpc_ExecProcessRequest *request)
{
	const struct container *container = container_wanted(call, id);

	if (!container)
		return NOT_FOUND;
	if (container->state != RUNNING || container->paused || container->waiting)
		return fail(call, FAILED_PRECONDITION, "the container \"%.60s\" does not run", id);
	if (request->has_string_user)
		return fail(call, UNIMPLEMENTED, "users in containers are numbers");
	return process_check(call, &request->process);
}

static enum code begin(struct call *call, const grpc_ExecProcessRequest *request, struct process **made)
{
	const char *container = word(request->container_id), *id = word(request->exec_id);
	struct spawn order = { .inside = false };
	struct process *process;
	enum code code;
	int error;

	if (!*id || strlen(id) > MOST_NAME)
		return fail(call, INVALID_ARGUMENT, "a process needs an exec_id of at most %d bytes", MOST_NAME);
	if (!request->has_process || !request->process.args_count || !*request->process.args[0])
		return fail(call, INVALID_ARGUMENT, "a process needs a program");
	if (request->stdin_port || request->stdout_port || request->stderr_port)
		return fail(call, UNIMPLEMENTED, "streams on ports of the host's are not for this agent");
	if (process_find(container, id))
		return fail(call, ALREADY_EXISTS, "there is a process \"%.60s\" already", id);
	code = *container ? may_exec(call, container, request) : OK;
	if (code != OK)
		return code;
	error = process_make(container, id, request->process.terminal, order.stdio, &process);
	if (error) {
		errno = error;
		return fail_errno(call, "cannot make its streams");
	}
	code = exec_into(call, request, process, &order);
	for (int i = 0; i < 3; i++)
		if (order.stdio[i] >= 0)
			close(order.stdio[i]);
	if (code != OK && code != LATER) {
		process_drop(process);
		return code;
	}
	if (!*container)
		process->owner = call->connection;
	*made = process;
	return code;
}

enum code exec_process(struct call *call, void *message, void *reply)
{
	struct process *process;

	(void)reply;
	return begin(call, message, &process);
}

enum code run_process(struct call *call, void *message, void *reply)
{
	const jvmm_RunRequest *request = message;
	const int64_t arrived = now_nanos();
	struct process *process;
	enum code code;

	(void)reply;
	if (!request->has_process || *word(request->process.container_id))
		return fail(call, INVALID_ARGUMENT, "only programs outside of containers are run so");
	code = begin(call, &request->process, &process);
	if (code != OK)
		return code;
	process->arrived = arrived;
	if (request->close_stdin && !process->terminal)
		process_close_input(process);
	process_run(process, call);
	return LATER;
}

/* The kernel drops signals that the first process of a PID namespace has no handler for; Kata's runtime means the end by SIGTERM. */
static int for_first(const struct process *process, int number)
{
	char path[64], text[4096];
	const char *at;

	if (number != SIGTERM || !process->first)
		return number;
	snprintf(path, sizeof path, "/proc/%d/status", process->pid);
	at = read_text(path, text, sizeof text) > 0 ? strstr(text, "SigCgt:") : NULL;
	return at && !(strtoull(at + 7, NULL, 16) >> (SIGTERM - 1) & 1) ? SIGKILL : number;
}

static enum code signal_all(struct call *call, const char *container, int number)
{
	const struct container *wanted = container_wanted(call, container);
	const struct process *first = wanted ? container_first(wanted) : NULL;

	if (!wanted)
		return NOT_FOUND;
	if (first)
		number = for_first(first, number);
	if (number == SIGKILL && wanted->cgroup >= 0 && cgroup_write(wanted->cgroup, "cgroup.kill", "1") == 0)
		return OK;
	if (wanted->cgroup >= 0 && cgroup_signal(wanted->cgroup, number) > 0)
		return OK;
	for (struct process *process = NULL; (process = process_next(process, container));)
		if (!process->exited && process->pid > 0)
			kill(process->pid, number);
	return OK;
}

enum code signal_process(struct call *call, void *message, void *reply)
{
	const grpc_SignalProcessRequest *request = message;
	const char *container = word(request->container_id);
	const struct process *process;

	(void)reply;
	if (request->signal >= (unsigned)_NSIG)
		return fail(call, INVALID_ARGUMENT, "there is no signal %u", request->signal);
	if (!*word(request->exec_id) && *container)
		return signal_all(call, container, (int)request->signal);
	process = look_for(call, container, request->exec_id);
	if (!process)
		return NOT_FOUND;
	if (process->exited || process->pid <= 0)
		return fail(call, FAILED_PRECONDITION, "the process has ended");
	/* Outside of containers, as from a terminal: the process has a session of its own, so the group is what it started. */
	if (kill(*container ? process->pid : -process->pid, for_first(process, (int)request->signal)) < 0)
		return fail_errno(call, "kill");
	return OK;
}

enum code wait_process(struct call *call, void *message, void *reply)
{
	const grpc_WaitProcessRequest *request = message;
	struct process *process = look_for(call, request->container_id, request->exec_id);

	(void)reply;
	if (!process)
		return NOT_FOUND;
	process_wait(process, call);
	return LATER;
}

enum code write_stdin(struct call *call, void *message, void *reply)
{
	grpc_WriteStreamRequest *request = message;
	struct process *process = look_for(call, request->container_id, request->exec_id);

	(void)reply;
	if (!process)
		return NOT_FOUND;
	if (process->in.watcher.fd < 0 || process->in.closing)
		return fail(call, FAILED_PRECONDITION, "the standard input is closed");
	call->data = request->data;
	request->data = NULL;
	process_write(process, call);
	return LATER;
}

static enum code read_from(struct call *call, const grpc_ReadStreamRequest *request, bool errors)
{
	struct process *process = look_for(call, request->container_id, request->exec_id);

	if (!process)
		return NOT_FOUND;
	call->length = request->len == 0 ? 4096 : request->len > MOST_DATA ? MOST_DATA : request->len;
	process_read(errors ? &process->err : &process->out, call);
	return LATER;
}

enum code read_stdout(struct call *call, void *request, void *reply)
{
	(void)reply;
	return read_from(call, request, false);
}

enum code read_stderr(struct call *call, void *request, void *reply)
{
	(void)reply;
	return read_from(call, request, true);
}

enum code close_stdin(struct call *call, void *message, void *reply)
{
	const grpc_CloseStdinRequest *request = message;
	struct process *process = look_for(call, request->container_id, request->exec_id);

	(void)reply;
	if (!process)
		return NOT_FOUND;
	/* A terminal has no end to close; its end-of-file character is what a person would type. */
	if (process->terminal && process->in.watcher.fd >= 0)
		(void)!write(process->in.watcher.fd, "\004", 1);
	else if (process->in.watcher.fd >= 0)
		process_close_input(process);
	return OK;
}

enum code tty_win_resize(struct call *call, void *message, void *reply)
{
	const grpc_TtyWinResizeRequest *request = message;
	struct winsize size = { .ws_row = (unsigned short)request->row, .ws_col = (unsigned short)request->column };
	struct process *process = look_for(call, request->container_id, request->exec_id);

	(void)reply;
	if (!process)
		return NOT_FOUND;
	if (!process->terminal || process->out.watcher.fd < 0)
		return fail(call, FAILED_PRECONDITION, "the process has no terminal");
	if (request->row > UINT16_MAX || request->column > UINT16_MAX)
		return fail(call, INVALID_ARGUMENT, "a window of %u rows and %u columns", request->row, request->column);
	return ioctl(process->out.watcher.fd, TIOCSWINSZ, &size) < 0 ? fail_errno(call, "cannot set the window's size") : OK;
}
