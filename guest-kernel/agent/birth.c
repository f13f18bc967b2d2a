/* How a container's first process comes to be: its namespaces, and its way into them. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container.h"

enum { MOST_WORDS = 200 };

struct birth {
	struct container *container;
	struct spawn *order;
	int go, joined[4];
	bool own_cgroups, own_names;
};

/* Which namespaces it is to have of its own, and which of those that are there it is to join. */
static int plan_namespaces(struct call *call, struct birth *birth, unsigned long *flags, int *pids)
{
	static const unsigned long shared[] = { CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWNET };
	const grpc_CreateContainerRequest *asked = &birth->container->asked;
	const grpc_Linux *linux_part = &asked->oci.linux;
	unsigned long own = CLONE_NEWNS, joining = 0;
	size_t joins = 0;

	for (pb_size_t i = 0; i < linux_part->namespaces_count; i++) {
		const grpc_LinuxNamespace *wanted = &linux_part->namespaces[i];
		const unsigned long flag = namespace_flag(word(wanted->type));

		if (!*word(wanted->path) || flag == CLONE_NEWPID || flag == CLONE_NEWNS) {
			own |= flag;
			continue;
		}
		if (joining & flag || joins == sizeof birth->joined / sizeof *birth->joined)
			return errno = EINVAL, fail_errno(call, "namespaces"), -1;
		joining |= flag;
		birth->joined[joins] = open(wanted->path, O_RDONLY | O_CLOEXEC);
		if (birth->joined[joins++] < 0)
			return fail_errno(call, wanted->path), -1;
	}
	own &= ~joining;
	for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
		if (own & shared[i] && sandbox_namespace(shared[i]) >= 0 && joins < 4) {
			own &= ~shared[i];
			joining |= shared[i];
			birth->joined[joins++] = fcntl(sandbox_namespace(shared[i]), F_DUPFD_CLOEXEC, 3);
		}
	birth->own_cgroups = own & CLONE_NEWCGROUP;
	birth->own_names = (own | joining) & CLONE_NEWUTS;
	own |= CLONE_NEWPID;
	*pids = asked->sandbox_pidns ? sandbox_namespace(CLONE_NEWPID) : -1;
	if (*pids >= 0)
		own &= ~(unsigned long)CLONE_NEWPID;
	*flags = own & ~(unsigned long)CLONE_NEWCGROUP;
	return 0;
}

static int enter_all(const struct birth *birth, const char **what)
{
	const struct container *container = birth->container;
	const char *hostname = word(container->asked.oci.hostname);

	*what = "cannot enter its cgroup";
	if (container->cgroup >= 0 && cgroup_write(container->cgroup, "cgroup.procs", "0") < 0)
		return -1;
	*what = "cannot enter its namespaces";
	for (size_t i = 0; i < sizeof birth->joined / sizeof *birth->joined; i++)
		if (birth->joined[i] >= 0 && setns(birth->joined[i], 0) < 0)
			return -1;
	if (birth->own_cgroups && unshare(CLONE_NEWCGROUP) < 0)
		return -1;
	*what = "cannot set its hostname";
	return *hostname && birth->own_names ? sethostname(hostname, strlen(hostname)) : 0;
}

static void birth_child(void *argument, int report)
{
	struct birth *birth = argument;
	struct spawn *order = birth->order;
	const char *what = "cannot take its streams";
	char about[MOST_WORDS] = "", word_from_outside;

	if (take_stdio(order) < 0)
		goto failed;
	what = "cannot set its OOM score";
	if (set_oom_score(order) < 0 || enter_all(birth, &what) < 0)
		goto failed;
	what = about;
	if (rootfs_enter(birth->container, about, sizeof about) < 0)
		goto failed;
	/* No folder that is open from here on is outside: its working folder may be named by a descriptor. */
	close_others(report, birth->go, -1);
	umask(0022);
	find_home(order);
	tell(report, 'R', 0, "");
	if (read(birth->go, &word_from_outside, 1) != 1)
		_exit(0);
	close(birth->go);
	become(order);
	what = order->failed ? order->failed : order->argv[0];
failed:
	tell(report, 'F', errno, what);
	_exit(127);
}

enum code container_launch(struct call *call, struct container *container, struct process *process, struct spawn *order)
{
	struct birth birth = { .container = container, .order = order, .joined = { -1, -1, -1, -1 } };
	struct starter *starter = calloc(1, sizeof *starter);
	unsigned long flags = 0;
	int ends[2] = { -1, -1 }, pids = -1, error = 0;
	enum code code = OK;

	if (!starter || pipe2(ends, O_CLOEXEC) < 0)
		code = fail(call, RESOURCE_EXHAUSTED, "out of memory or descriptors");
	order->inside = true;
	order->filter = container->filter.len ? &container->filter : NULL;
	order->filter_flags = container->filter_flags;
	birth.go = ends[0];
	if (code == OK && plan_namespaces(call, &birth, &flags, &pids) < 0)
		code = INVALID_ARGUMENT;
	if (code == OK) {
		*starter = (struct starter){ .told = container_told, .about = container, .process = process };
		error = start_copy(starter, flags, pids, birth_child, &birth, &process->pid);
		if (error) {
			errno = error;
			code = fail_errno(call, "cannot make the container's namespaces");
		}
	}
	for (size_t i = 0; i < 4; i++)
		if (birth.joined[i] >= 0)
			close(birth.joined[i]);
	if (ends[0] >= 0)
		close(ends[0]);
	if (code != OK) {
		if (ends[1] >= 0)
			close(ends[1]);
		free(starter);
		return code;
	}
	container->go = ends[1];
	container->starter = starter;
	process->starter = starter;
	if (container->asked.sandbox_pidns && pids < 0)
		sandbox_share_pids(process->pid);
	return LATER;
}
