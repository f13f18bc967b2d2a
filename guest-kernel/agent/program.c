/* Programs of the guest that a call needs run: what goes in and out are files in memory, so that nobody has to feed or to drain them. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container.h"

enum { MOST_PROGRAMS = 64 };

static struct program *programs;
static unsigned program_count;

static void close_files(struct program *program)
{
	for (int i = 0; i < 3; i++)
		if (program->files[i] >= 0)
			close(program->files[i]);
}

static void too_long(struct timer *timer)
{
	const struct program *program = (struct program *)timer;

	/* It leads a session of its own, and so a group. */
	kill(-program->pid, SIGKILL);
}

int program_start(struct program *program, char **argv, char **envp, const void *input, size_t size, int64_t seconds)
{
	static char *none[] = { NULL };
	struct spawn order = { .argv = argv, .envp = envp ? envp : none, .cwd = "/" };
	int error = 0;

	for (int i = 0; i < 3; i++)
		program->files[i] = -1;
	if (program_count == MOST_PROGRAMS)
		return EAGAIN;
	for (int i = 0; i < 3 && !error; i++)
		if ((order.stdio[i] = program->files[i] = memfd_create("program", MFD_CLOEXEC)) < 0)
			error = errno;
	if (!error && size && (write(program->files[0], input, size) != (ssize_t)size || lseek(program->files[0], 0, SEEK_SET) < 0))
		error = errno ? errno : ENOSPC;
	if (!error)
		error = spawn(&order, &program->pid);
	if (error) {
		close_files(program);
		return error;
	}
	program->next = programs;
	programs = program;
	program_count++;
	program->timer.due = too_long;
	if (seconds > 0)
		timer_set(&program->timer, seconds * 1000);
	return 0;
}

void program_reaped(pid_t pid, int status)
{
	for (struct program **at = &programs; *at; at = &(*at)->next) {
		struct program *program = *at;

		if (program->pid != pid)
			continue;
		*at = program->next;
		program_count--;
		timer_clear(&program->timer);
		program->ended(program, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
		close_files(program);
		free(program);
		return;
	}
}

pb_bytes_array_t *program_output(const struct program *program, int stream)
{
	off_t size = lseek(program->files[stream], 0, SEEK_END);
	pb_bytes_array_t *bytes = size >= 0 && size <= 2 << 20 ? reply_bytes((size_t)size) : NULL;
	ssize_t n = bytes ? pread(program->files[stream], bytes->bytes, bytes->size, 0) : 0;

	if (bytes)
		bytes->size = n > 0 ? (pb_size_t)n : 0;
	return bytes;
}

enum code program_failure(const struct program *program, struct call *call, const char *name, int status)
{
	pb_bytes_array_t *errors = program_output(program, 2);
	enum code code = fail(call, INTERNAL, "%.60s ended with %d: %.*s", name, status, errors ? (int)(errors->size < 150 ? errors->size : 150) : 0,
		errors ? (const char *)errors->bytes : "");

	budget_free(errors);
	return code;
}
