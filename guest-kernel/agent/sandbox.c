/* The sandbox: what containers share. Its namespaces are made by the agent, which goes there and back. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pb_decode.h>

#include "container.h"
#include "storage.h"

enum { END_PATIENCE = 10000, LOOK_MILLIS = 5 };

static bool there;
static int names = -1, ipc = -1, pids = -1;
static grpc_CreateSandboxRequest asked;
static unsigned mounted;
static struct call *ending;
static struct timer timer;
static int64_t until;

static int make_namespace(unsigned long flag, const char *path, int *made)
{
	int own = open(path, O_RDONLY | O_CLOEXEC), error = 0;

	if (own < 0)
		return -1;
	if (unshare((int)flag) == 0) {
		*made = open(path, O_RDONLY | O_CLOEXEC);
		error = *made < 0 ? errno : 0;
		if (setns(own, (int)flag) < 0) {
			say("cannot come back from the sandbox's namespace", strerror(errno));
			abort();
		}
	} else {
		error = errno;
	}
	close(own);
	return error ? (errno = error, -1) : 0;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int sandbox_namespace(unsigned long flag)
{
	return flag == CLONE_NEWUTS ? names : flag == CLONE_NEWIPC ? ipc : flag == CLONE_NEWPID ? pids : -1;
}

void sandbox_share_pids(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/ns/pid", pid);
	pids = open(path, O_RDONLY | O_CLOEXEC);
}

void sandbox_end(void)
{
	close_one(&names);
	close_one(&ipc);
	close_one(&pids);
	storages_release(asked.storages, mounted);
	mounted = 0;
	pb_release(grpc_CreateSandboxRequest_fields, &asked);
	there = false;
}

static enum code begin(struct call *call, grpc_CreateSandboxRequest *request)
{
	if (*word(request->hostname) && sethostname(request->hostname, strlen(request->hostname)) < 0)
		return fail_errno(call, "sethostname");
	if (request->dns_count && write_name_servers(request->dns, request->dns_count) < 0)
		return fail_errno(call, "/etc/resolv.conf");
	if (make_namespace(CLONE_NEWUTS, "/proc/self/ns/uts", &names) < 0 || make_namespace(CLONE_NEWIPC, "/proc/self/ns/ipc", &ipc) < 0)
		return fail_errno(call, "cannot make the sandbox's namespaces");
	return storages_hold(call, request->storages, request->storages_count, &mounted);
}

enum code create_sandbox(struct call *call, void *message, void *reply)
{
	grpc_CreateSandboxRequest *request = message;
	enum code code;

	(void)reply;
	if (there)
		return fail(call, ALREADY_EXISTS, "there is a sandbox already");
	if (request->kernel_modules_count)
		return fail(call, UNIMPLEMENTED, "kernel modules are not loaded by this agent");
	if (request->guest_userns)
		return fail(call, UNIMPLEMENTED, "user namespaces are not for this agent");
	if (*word(request->guest_hook_path))
		return fail(call, UNIMPLEMENTED, "hooks are not for this agent");
	code = begin(call, request);
	asked = *request;
	*request = (grpc_CreateSandboxRequest)grpc_CreateSandboxRequest_init_zero;
	if (code == OK)
		there = true;
	else
		sandbox_end();
	return code;
}

static void look_at_end(struct timer *at)
{
	struct call *call = ending;

	if (!containers_end() && now_millis() < until) {
		timer_set(at, LOOK_MILLIS);
		return;
	}
	ending = NULL;
	if (container_next(NULL)) {
		call_end(call, fail(call, DEADLINE_EXCEEDED, "processes of containers do not end"), NULL);
		return;
	}
	sandbox_end();
	call_end(call, OK, NULL);
}

enum code destroy_sandbox(struct call *call, void *request, void *reply)
{
	(void)request, (void)reply;
	if (ending)
		return fail(call, FAILED_PRECONDITION, "the sandbox is being destroyed already");
	ending = call;
	until = now_millis() + END_PATIENCE;
	timer.due = look_at_end;
	timer_set(&timer, 0);
	return LATER;
}
