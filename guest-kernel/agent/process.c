/* Processes: their streams, and the calls that wait for them. Nothing here blocks: what can not be answered yet is kept. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "agent.pb.h"
#include "container.h"
#include "guest.pb.h"
#include "process.h"

enum {
	PIPE_SIZE = 64 << 10,
	/* How long Run waits for the end, and as many times as long as the start took. */
	LEAST_PATIENCE = 10, MOST_PATIENCE = 100, PATIENCE_STARTS = 8,
};

static struct process *processes;
static unsigned process_count;

struct process *process_find(const char *container, const char *id)
{
	for (struct process *process = processes; process; process = process->next)
		if (strcmp(process->container, container) == 0 && strcmp(process->id, id) == 0)
			return process;
	return NULL;
}

struct process *process_next(const struct process *after, const char *container)
{
	struct process *process = after ? after->next : processes;

	while (process && container && strcmp(process->container, container) != 0)
		process = process->next;
	return process;
}

static void queue(struct call **list, struct call *call)
{
	while (*list)
		list = &(*list)->next;
	call->next = NULL;
	*list = call;
}

static struct call *take(struct call **list)
{
	struct call *call = *list;

	*list = call->next;
	return call;
}

static void refuse_all(struct call **list, enum code code, const char *why)
{
	while (*list) {
		struct call *call = take(list);

		call_end(call, fail(call, code, "%s", why), NULL);
	}
}

static void close_watched(struct watcher *watcher)
{
	if (watcher->fd < 0)
		return;
	unwatch(watcher);
	close(watcher->fd);
	watcher->fd = -1;
}

static void output_end(struct output *output)
{
	output->ended = true;
	close_watched(&output->watcher);
	refuse_all(&output->readers, OUT_OF_RANGE, "the stream has ended");
}

static void input_end(struct input *input)
{
	close_watched(&input->watcher);
	refuse_all(&input->writers, FAILED_PRECONDITION, "nobody reads the standard input");
}

static struct call *take_runner(struct process *process)
{
	struct call *call = process->runner;

	process->runner = NULL;
	timer_clear(&process->patience);
	return call;
}

void process_drop(struct process *process)
{
	for (struct process **at = &processes; *at; at = &(*at)->next)
		if (*at == process) {
			*at = process->next;
			process_count--;
			break;
		}
	if (process->starter)
		starter_cancel(process->starter);
	output_end(&process->out);
	output_end(&process->err);
	input_end(&process->in);
	refuse_all(&process->waiters, NOT_FOUND, "the process is gone");
	if (process->runner) {
		struct call *call = take_runner(process);

		call_end(call, fail(call, NOT_FOUND, "the process is gone"), NULL);
	}
	free(process->container);
	free(process->id);
	free(process);
}

/* A process goes when all that there is to know of it has been told; the first of a container goes with that. */
static bool drop_finished(struct process *process)
{
	if (process->first || process->starter || !process->exited || !process->waited || !process->out.ended || !process->err.ended)
		return false;
	process_drop(process);
	return true;
}

/*
 * One read for the first of the readers. False: there is nothing now. Once a process outside of containers has ended, what
 * is there is all there will be, whoever else holds its end of the pipe.
 */
static bool output_serve(struct output *output)
{
	struct call *call = output->readers;
	grpc_ReadStreamResponse reply = grpc_ReadStreamResponse_init_zero;
	ssize_t n;

	if (call->connection && !connection_has_room(call->connection))
		return false;
	reply.data = reply_bytes(call->length);
	if (!reply.data) {
		take(&output->readers);
		call_end(call, fail(call, RESOURCE_EXHAUSTED, "out of memory"), NULL);
		return true;
	}
	n = read(output->watcher.fd, reply.data->bytes, call->length);
	if (n > 0) {
		reply.data->size = (pb_size_t)n;
		take(&output->readers);
		call_end(call, OK, &reply);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR) || (output->process->exited && !*output->process->container)) {
		/* EIO: the terminal's other end is closed */
		output_end(output);
	}
	budget_free(reply.data);
	return n > 0;
}

static void output_serve_all(struct output *output)
{
	bool room = true;

	while (!output->ended && output->readers && output_serve(output))
		;
	if (output->readers && output->readers->connection)
		room = connection_has_room(output->readers->connection);
	if (!output->ended)
		watch(&output->watcher, output->readers && room ? EPOLLIN : 0);
}

static void output_ready(struct watcher *watcher, uint32_t events)
{
	struct output *output = (struct output *)watcher;
	struct process *process = output->process;

	(void)events;
	output_serve_all(output);
	drop_finished(process);
}

static void input_serve_all(struct input *input)
{
	while (input->writers) {
		struct call *call = input->writers;
		const size_t size = call->data ? call->data->size : 0;
		ssize_t n = size == call->done ? 0 :
			write(input->watcher.fd, call->data->bytes + call->done, size - call->done);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n < 0) {
			input_end(input);
			return;
		}
		call->done += (size_t)n;
		if (call->done == size) {
			grpc_WriteStreamResponse reply = { .len = (uint32_t)size };

			take(&input->writers);
			call_end(call, OK, &reply);
		}
	}
	if (!input->writers && input->closing)
		input_end(input);
	else
		watch(&input->watcher, input->writers ? EPOLLOUT : 0);
}

static void input_ready(struct watcher *watcher, uint32_t events)
{
	(void)events;
	input_serve_all((struct input *)watcher);
}

/* The next process's pipes. */
static struct {
	bool made;
	int ours[3], theirs[3];
} spare;

static int make_pipe(int *ours, int *theirs, bool input)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return errno;
	*ours = ends[input];
	*theirs = ends[!input];
	fcntl(*ours, F_SETFL, O_NONBLOCK);
	return 0;
}

static int make_pipes(void)
{
	for (int i = 0; i < 3; i++) {
		const int error = make_pipe(&spare.ours[i], &spare.theirs[i], i == 0);

		if (error) {
			while (i-- > 0) {
				close(spare.ours[i]);
				close(spare.theirs[i]);
			}
			return error;
		}
	}
	spare.made = true;
	return 0;
}

void process_prepare(void)
{
	struct process *next;

	for (struct process *process = processes; process; process = next) {
		next = process->next;
		if (process->told)
			process_drop(process);
	}
	if (!spare.made)
		make_pipes();
}

/* The terminal's descriptor is there twice, since what is read and what is written is watched apart. */
static int make_terminal(struct process *process, int stdio[3])
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK), unlocked = 0, slave = -1;

	if (master < 0)
		return errno;
	if (ioctl(master, TIOCSPTLCK, &unlocked) == 0)
		slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	process->out.watcher.fd = master;
	process->in.watcher.fd = slave < 0 ? -1 : fcntl(master, F_DUPFD_CLOEXEC, 3);
	if (slave < 0 || process->in.watcher.fd < 0)
		return errno;
	process->err.ended = true;
	stdio[0] = slave;
	return 0;
}

static int make_streams(struct process *process, int stdio[3])
{
	int error;

	if (process->terminal)
		return make_terminal(process, stdio);
	error = spare.made ? 0 : make_pipes();
	if (error)
		return error;
	spare.made = false;
	process->in.watcher.fd = spare.ours[0];
	process->out.watcher.fd = spare.ours[1];
	process->err.watcher.fd = spare.ours[2];
	memcpy(stdio, spare.theirs, sizeof spare.theirs);
	return 0;
}

/* Room for one more: those that have ended and were waited for go first. */
static bool make_room(void)
{
	struct process *found = NULL;

	if (process_count < MOST_PROCESSES)
		return true;
	for (struct process *process = processes; process; process = process->next)
		if (process->exited && process->waited && !process->first && !process->starter)
			found = process;
	if (found)
		process_drop(found);
	return found;
}

int process_make(const char *container, const char *id, bool terminal, int stdio[3], struct process **made)
{
	struct process *process = make_room() ? calloc(1, sizeof *process) : NULL;
	int error;

	stdio[0] = stdio[1] = stdio[2] = -1;
	if (!process)
		return EAGAIN;
	process->terminal = terminal;
	process->out = (struct output){ .watcher = { .fd = -1, .ready = output_ready }, .process = process };
	process->err = process->out;
	process->in = (struct input){ .watcher = { .fd = -1, .ready = input_ready }, .process = process };
	process->next = processes;
	processes = process;
	process_count++;
	process->container = strdup(container);
	process->id = strdup(id);
	error = process->container && process->id ? make_streams(process, stdio) : ENOMEM;
	if (error) {
		for (int i = 0; i < 3; i++)
			if (stdio[i] >= 0)
				close(stdio[i]);
		process_drop(process);
		return error;
	}
	*made = process;
	return 0;
}

static void tell_waiters(struct process *process)
{
	grpc_WaitProcessResponse reply = { .status = process->status };

	while (process->waiters) {
		call_end(take(&process->waiters), OK, &reply);
		process->waited = true;
	}
}

union piece {
	pb_bytes_array_t bytes;
	uint8_t room[PB_BYTES_ARRAY_T_ALLOCSIZE(PIPE_SIZE)];
};

/* What it has said so far, at most a pipe's worth; false where there may be more. */
static bool collect(const struct output *output, union piece *piece)
{
	ssize_t n = 0;

	if (output->readers)
		return false;
	if (!output->ended)
		n = read(output->watcher.fd, piece->bytes.bytes, PIPE_SIZE);
	piece->bytes.size = n > 0 ? (pb_size_t)n : 0;
	return n < PIPE_SIZE;
}

/* What has ended is not closed yet: first the answer goes (process_prepare). */
static void answer_run(struct process *process)
{
	static union piece output, errors;
	struct call *call = take_runner(process);
	jvmm_RunResponse reply = jvmm_RunResponse_init_zero;

	output.bytes.size = errors.bytes.size = 0;
	if (!process->terminal && connection_has_room(call->connection)) {
		const bool all = collect(&process->out, &output) & collect(&process->err, &errors);

		reply.output = &output.bytes;
		reply.errors = &errors.bytes;
		reply.ended = process->told = all && process->exited;
	}
	if (reply.ended)
		reply.status = process->status;
	reply.nanos = (uint64_t)(now_nanos() - process->arrived);
	call_end(call, OK, &reply);
}

static void run_impatient(struct timer *timer)
{
	answer_run((struct process *)((char *)timer - offsetof(struct process, patience)));
}

/* Its streams are left alone at first: each look costs where the kernel is emulated, and a start takes long there. */
void process_run(struct process *process, struct call *call)
{
	const int64_t patience = (now_nanos() - process->arrived) * PATIENCE_STARTS / 1000000;

	process->runner = call;
	if (process->terminal) {
		answer_run(process);
		return;
	}
	process->patience.due = run_impatient;
	timer_set(&process->patience, patience < LEAST_PATIENCE ? LEAST_PATIENCE : patience > MOST_PATIENCE ? MOST_PATIENCE : patience);
}

static void exited(struct process *process, int status)
{
	process->exited = true;
	process->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	if (process->runner)
		answer_run(process);
	if (process->told) {
		tell_waiters(process);
		return;
	}
	input_end(&process->in);
	output_serve_all(&process->out);
	output_serve_all(&process->err);
	tell_waiters(process);
	if (*process->container)
		container_exited(process);
	drop_finished(process);
}

void process_reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct process *process = processes;

		while (process && (process->pid != pid || process->exited))
			process = process->next;
		if (process)
			exited(process, status);
		else
			program_reaped(pid, status);
	}
}

static void forget(struct call **list, const struct connection *connection)
{
	while (*list)
		if ((*list)->connection == connection) {
			struct call *call = take(list);

			call->connection = NULL;
			call_end(call, OK, NULL);
		} else {
			list = &(*list)->next;
		}
}

/* Whoever ran a process outside of containers is gone: as with a lost terminal line, it hears of it, and nobody reads on. */
static void owner_gone(struct process *process)
{
	process->owner = NULL;
	process->waited = true;
	if (!process->exited)
		kill(-process->pid, SIGHUP);
	output_end(&process->out);
	output_end(&process->err);
	input_end(&process->in);
}

void process_connection_gone(struct connection *connection)
{
	struct process *next;

	for (struct process *process = processes; process; process = next) {
		next = process->next;
		forget(&process->out.readers, connection);
		forget(&process->err.readers, connection);
		forget(&process->in.writers, connection);
		forget(&process->waiters, connection);
		if (process->runner && process->runner->connection == connection) {
			struct call *call = take_runner(process);

			call->connection = NULL;
			call_end(call, OK, NULL);
		}
		if (!process->out.ended)
			output_serve_all(&process->out);
		if (!process->err.ended)
			output_serve_all(&process->err);
		if (process->owner == connection)
			owner_gone(process);
		drop_finished(process);
	}
}

void process_connection_room(struct connection *connection)
{
	struct process *next;

	for (struct process *process = processes; process; process = next) {
		next = process->next;
		if (process->out.readers && process->out.readers->connection == connection)
			output_serve_all(&process->out);
		if (process->err.readers && process->err.readers->connection == connection)
			output_serve_all(&process->err);
		drop_finished(process);
	}
}

void process_wait(struct process *process, struct call *call)
{
	queue(&process->waiters, call);
	if (process->exited)
		tell_waiters(process);
	drop_finished(process);
}

void process_read(struct output *output, struct call *call)
{
	struct process *process = output->process;

	if (output->ended) {
		call_end(call, fail(call, OUT_OF_RANGE, "the stream has ended"), NULL);
		return;
	}
	queue(&output->readers, call);
	output_serve_all(output);
	drop_finished(process);
}

void process_write(struct process *process, struct call *call)
{
	queue(&process->in.writers, call);
	input_serve_all(&process->in);
}

void process_close_input(struct process *process)
{
	process->in.closing = true;
	input_serve_all(&process->in);
}
