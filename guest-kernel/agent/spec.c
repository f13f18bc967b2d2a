/* What a container is asked to be, looked at before anything is done: what is not done here is refused, never left out in silence. */
#include <sched.h>
#include <string.h>

#include "container.h"

static const struct {
	const char *name;
	unsigned long flag;
} namespaces[] = {
	{ "pid", CLONE_NEWPID }, { "mount", CLONE_NEWNS }, { "ipc", CLONE_NEWIPC }, { "uts", CLONE_NEWUTS },
	{ "network", CLONE_NEWNET }, { "cgroup", CLONE_NEWCGROUP },
};

unsigned long namespace_flag(const char *type)
{
	for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++)
		if (strcmp(namespaces[i].name, type) == 0)
			return namespaces[i].flag;
	return 0;
}

enum code process_check(struct call *call, const grpc_Process *process)
{
	if (!process->args_count || !*process->args[0])
		return fail(call, INVALID_ARGUMENT, "a process needs a program");
	if (*word(process->cwd) && *process->cwd != '/')
		return fail(call, INVALID_ARGUMENT, "not an absolute path: \"%.120s\"", process->cwd);
	if (*word(process->apparmor_profile) || *word(process->selinux_label))
		return fail(call, UNIMPLEMENTED, "AppArmor and SELinux are not for this agent");
	if (process->oom_score_adj < -1000 || process->oom_score_adj > 1000)
		return fail(call, INVALID_ARGUMENT, "an OOM score of -1000 to 1000");
	return OK;
}

static enum code check_namespaces(struct call *call, const grpc_Linux *part)
{
	unsigned long seen = 0;

	for (pb_size_t i = 0; i < part->namespaces_count; i++) {
		const char *type = word(part->namespaces[i].type);
		const unsigned long flag = namespace_flag(type);

		if (!flag)
			return fail(call, UNIMPLEMENTED, "namespaces of the kind \"%.60s\" are not for this agent", type);
		if (seen & flag)
			return fail(call, INVALID_ARGUMENT, "two namespaces of the kind \"%.60s\"", type);
		seen |= flag;
	}
	if (part->uid_mappings_count || part->gid_mappings_count)
		return fail(call, UNIMPLEMENTED, "user namespaces are not for this agent");
	return OK;
}

static bool has_namespace(const grpc_Linux *part, unsigned long flag)
{
	for (pb_size_t i = 0; i < part->namespaces_count; i++)
		if (namespace_flag(word(part->namespaces[i].type)) == flag)
			return true;
	return false;
}

/* Those that are a namespace's, and so the container's; "net." is the sandbox's. */
static enum code check_sysctls(struct call *call, const grpc_Linux *part)
{
	static const char *const of_ipc[] = { "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall",
		"kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced" };

	for (pb_size_t i = 0; i < part->sysctl_count; i++) {
		const char *key = word(part->sysctl[i].key);
		bool known = strncmp(key, "net.", 4) == 0 || (strncmp(key, "fs.mqueue.", 10) == 0 && has_namespace(part, CLONE_NEWIPC));

		for (size_t at = 0; at < sizeof of_ipc / sizeof *of_ipc; at++)
			known |= strcmp(key, of_ipc[at]) == 0 && has_namespace(part, CLONE_NEWIPC);
		known |= (strcmp(key, "kernel.domainname") == 0 || strcmp(key, "kernel.hostname") == 0) && has_namespace(part, CLONE_NEWUTS);
		if (!known || strstr(key, "..") || strchr(key, '/') || strlen(key) > 200)
			return fail(call, INVALID_ARGUMENT, "the sysctl \"%.60s\" is not a container's of these namespaces", key);
	}
	return OK;
}

static enum code check_linux(struct call *call, const grpc_Linux *part)
{
	enum code code = check_namespaces(call, part);

	if (code == OK)
		code = check_sysctls(call, part);
	if (code == OK && *word(part->mount_label))
		return fail(call, UNIMPLEMENTED, "SELinux's labels are not for this agent");
	if (code == OK && part->has_intel_rdt && *word(part->intel_rdt.l3_cache_schema))
		return fail(call, UNIMPLEMENTED, "Intel's resource director is not for this agent");
	return code;
}

static enum code check_mounts(struct call *call, const grpc_Spec *spec)
{
	for (pb_size_t i = 0; i < spec->mounts_count; i++)
		if (*word(spec->mounts[i].destination) != '/')
			return fail(call, INVALID_ARGUMENT, "not an absolute path: \"%.120s\"", word(spec->mounts[i].destination));
	for (pb_size_t i = 0; i < spec->linux.devices_count; i++)
		if (*word(spec->linux.devices[i].path) != '/')
			return fail(call, INVALID_ARGUMENT, "not an absolute path: \"%.120s\"", word(spec->linux.devices[i].path));
	return OK;
}

enum code spec_check(struct call *call, const grpc_CreateContainerRequest *request)
{
	const grpc_Spec *spec = &request->oci;
	enum code code;

	if (!request->has_oci || !spec->has_process || !spec->has_root || *word(spec->root.path) != '/')
		return fail(call, INVALID_ARGUMENT, "a container needs a process, and a root by its absolute path");
	if (request->has_string_user)
		return fail(call, UNIMPLEMENTED, "users in containers are numbers");
	if (request->shared_mounts_count)
		return fail(call, UNIMPLEMENTED, "mounts shared between containers are not for this agent");
	if (request->stdin_port || request->stdout_port || request->stderr_port)
		return fail(call, UNIMPLEMENTED, "streams on ports of the host's are not for this agent");
	if (spec->has_hooks && (code = hooks_check(call, &spec->hooks)) != OK)
		return code;
	if (*word(spec->hostname) && (!has_namespace(&spec->linux, CLONE_NEWUTS) || strlen(spec->hostname) > 64))
		return fail(call, INVALID_ARGUMENT, "a hostname needs a \"uts\" namespace, and 64 bytes at the most");
	code = process_check(call, &spec->process);
	code = code == OK ? check_linux(call, &spec->linux) : code;
	return code == OK ? check_mounts(call, spec) : code;
}
