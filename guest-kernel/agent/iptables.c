/* The sandbox's packet filter, by the programs that a guest has for it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "container.h"

enum { PATIENCE = 10 };

struct tables {
	struct program program;	/* first */
	struct call *call;
	const char *name;
};

static void ended(struct program *program, int status)
{
	struct tables *tables = (struct tables *)program;
	/* Get's and Set's answers are the same on the wire. */
	grpc_GetIPTablesResponse reply = { .data = program_output(program, 1) };
	enum code code = status ? program_failure(program, tables->call, tables->name, status) : OK;

	if (code == OK && !reply.data)
		code = fail(tables->call, RESOURCE_EXHAUSTED, "what %s says does not fit an answer", tables->name);
	call_end(tables->call, code, &reply);
	budget_free(reply.data);
}

static enum code run(struct call *call, const char *name, const pb_bytes_array_t *input)
{
	static const char *const folders[] = { "/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/" };
	struct tables *tables = calloc(1, sizeof *tables);
	char path[64], *argv[] = { path, NULL };
	int error;

	if (!tables)
		return fail(call, RESOURCE_EXHAUSTED, "out of memory");
	*tables = (struct tables){ .program.ended = ended, .call = call, .name = name };
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		strcat(strcpy(path, folders[i]), name);
		if (access(path, X_OK) == 0)
			break;
	}
	error = access(path, X_OK) < 0 ? ENOENT :
		program_start(&tables->program, argv, NULL, input ? input->bytes : NULL, input ? input->size : 0, PATIENCE);
	if (error) {
		free(tables);
		errno = error;
		return error == ENOENT ? fail(call, UNIMPLEMENTED, "this guest has no %s", name) : fail_errno(call, name);
	}
	return LATER;
}

enum code get_iptables(struct call *call, void *message, void *reply)
{
	const grpc_GetIPTablesRequest *request = message;

	(void)reply;
	return run(call, request->is_ipv6 ? "ip6tables-save" : "iptables-save", NULL);
}

enum code set_iptables(struct call *call, void *message, void *reply)
{
	const grpc_SetIPTablesRequest *request = message;

	(void)reply;
	return run(call, request->is_ipv6 ? "ip6tables-restore" : "iptables-restore", request->data);
}
