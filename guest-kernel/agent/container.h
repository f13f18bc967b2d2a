/* Containers: what container*.c, launch.c, rootfs.c, cgroup.c and those around them share. */
#ifndef JVMM_AGENT_CONTAINER_H
#define JVMM_AGENT_CONTAINER_H

#include <linux/filter.h>

#include "agent.h"
#include "agent.pb.h"

enum state { CREATING, CREATED, RUNNING, STOPPED };

struct starter;

struct container {
	char *id;
	enum state state;
	bool paused;
	/* as it was asked for: hooks, storages and rules are needed to the end */
	grpc_CreateContainerRequest asked;
	struct sock_fprog filter;	/* of system calls; len 0: none */
	unsigned filter_flags;
	/* the pipe that the first process waits on, and the folder of its cgroup; -1: none */
	int go, cgroup;
	char *cgroup_path;
	struct starter *starter;
	struct call *starting;
	bool hooked;	/* hooks run, and its end waits for theirs */
	unsigned mounted;	/* so many of its storages */
	/* for the end, and for what takes a while */
	struct timer timer;
	struct call *waiting;
	enum code result;
	int64_t until;
	int oom_watch;
	uint64_t oom_kills;
	struct container *next;
};

struct container *container_find(const char *id);
/* The container, or NULL and a message. */
struct container *container_wanted(struct call *call, const char *id);
struct container *container_next(const struct container *after);
/* Ends all; whether they are gone. */
bool containers_end(void);
struct process *container_first(const struct container *container);

enum code create_container(struct call *call, void *request, void *reply);
enum code start_container(struct call *call, void *request, void *reply);
enum code remove_container(struct call *call, void *request, void *reply);
enum code update_container(struct call *call, void *request, void *reply);
enum code pause_container(struct call *call, void *request, void *reply);
enum code resume_container(struct call *call, void *request, void *reply);
enum code stats_container(struct call *call, void *request, void *reply);
enum code oom_event(struct call *call, void *request, void *reply);

/* spec.c: what this agent can not do is refused before anything is done. */
enum code spec_check(struct call *call, const grpc_CreateContainerRequest *request);
enum code process_check(struct call *call, const grpc_Process *process);
/* The flag of clone(2) that a namespace's name means, or 0. */
unsigned long namespace_flag(const char *type);

/* sandbox.c: what containers share. -1: nothing, and a container has its own. */
enum code sandbox_make(struct call *call, const grpc_CreateSandboxRequest *request);
void sandbox_end(void);
int sandbox_namespace(unsigned long flag);
/* The PID namespace of the first container that asked to share is everybody's. */
void sandbox_share_pids(pid_t pid);

/*
 * launch.c: a process inside starts as a copy of the agent, not on its memory: whatever a container's files and limits do to
 * that start, the agent waits for none of it. The copy tells of its failure, or that it is ready, through a pipe that closes
 * when its program takes over.
 */
struct starter {
	struct watcher watcher;	/* first */
	/* 'R': ready; 'F': failed, with the error's number and words; 0: it is its program now, or dead */
	void (*told)(struct starter *starter, char what, int error, const char *why);
	void *about;
	struct call *call;
	struct process *process;
};

typedef void starter_child(void *argument, int report);

/* 0 and the process, or an error number. A PID namespace of -1: none but by the flags. */
int start_copy(struct starter *starter, unsigned long flags, int pid_namespace, starter_child *child, void *argument, pid_t *pid);
void starter_end(struct starter *starter);
/* The process is dropped before it is its program. */
void starter_cancel(struct starter *starter);
/* For the copy: closes all descriptors but these and the first three. */
void close_others(int one, int other, int third);
void tell(int report, char what, int error, const char *why);
enum code start_failure(struct call *call, int error, const char *why);
void find_home(struct spawn *order);
/* Runs a process beside a container's first; the call is answered when it has started. */
enum code container_exec(struct call *call, struct container *container, struct process *process, struct spawn *order);
/* The copy that becomes a container's first process. */
enum code container_launch(struct call *call, struct container *container, struct process *process, struct spawn *order);
void container_told(struct starter *starter, char what, int error, const char *why);

/* inside.c: paths in a container's root, which is hostile: no symbolic link leads out of it. A descriptor, or -1 and errno. */
int open_inside(int root, const char *path, int flags);
/* Makes what is missing: folders, and the last a folder or a file. */
int make_inside(int root, const char *path, bool folder);
/* The folder that a path is in, made where it is missing; *name: what it is called there. */
int parent_inside(int root, const char *path, const char **name);

/* rootfs.c: for the copy, in a mount namespace of its own. 0, or -1, errno and what it was about. */
int rootfs_enter(const struct container *container, char about[], size_t size);
/* devices.c: the usual device files and the asked ones. */
int devices_make(int root, const grpc_Spec *spec, bool usual, char about[], size_t size);
/* Takes the numbers that the guest's devices have. */
enum code devices_find(struct call *call, grpc_CreateContainerRequest *request);
/* Rules of who may use which device, as a program for the cgroup. */
int devices_limit(int cgroup, const grpc_LinuxDeviceCgroup *rules, size_t count);

/* cgroup.c: version 2 only. */
enum code cgroup_make(struct call *call, struct container *container);
void cgroup_remove(struct container *container);
enum code cgroup_limit(struct call *call, const struct container *container, const grpc_LinuxResources *resources);
int cgroup_write(int folder, const char *file, const char *value);
ssize_t cgroup_read(int folder, const char *file, char *into, size_t size);
/* A number of a file of names and numbers ("frozen 1"); false where it is not there. */
bool cgroup_number(const char *text, const char *name, uint64_t *value);
bool cgroup_is(int folder, const char *what, uint64_t value);
/* Signals every process in it; how many there were. */
unsigned cgroup_signal(int folder, int number);

/* oom.c */
void oom_watch(struct container *container);
void oom_forget(struct container *container);

/* seccomp.c */
enum code seccomp_compile(struct call *call, const grpc_LinuxSeccomp *rules, struct sock_fprog *filter, unsigned *flags);
bool seccomp_there(void);

/* program.c: allocated by whom it is for, and freed behind its end. */
struct program {
	struct timer timer;	/* first */
	void (*ended)(struct program *program, int status);
	pid_t pid;
	int files[3];
	struct program *next;
};

/* 0 or an error number, and then it is the caller's still. Seconds of 0: however long it takes. */
int program_start(struct program *program, char **argv, char **envp, const void *input, size_t size, int64_t seconds);
void program_reaped(pid_t pid, int status);
/* What it said, for its end; NULL: too much. */
pb_bytes_array_t *program_output(const struct program *program, int stream);
enum code program_failure(const struct program *program, struct call *call, const char *name, int status);

enum code get_iptables(struct call *call, void *request, void *reply);
enum code set_iptables(struct call *call, void *request, void *reply);

/* hooks.c */
enum turn { PRESTART, POSTSTART, POSTSTOP };

enum code hooks_check(struct call *call, const grpc_Hooks *hooks);
void hooks_run(struct container *container, enum turn turn);
/* container.c: all have run, or one of them has failed: a program, or by an error's number. */
void hooks_done(struct container *container, enum turn turn, const struct program *failed, int error);

/* storage.c: counted, as several containers may ask for the same. */
enum code storages_hold(struct call *call, const grpc_Storage *storages, size_t count, unsigned *done);
void storages_release(const grpc_Storage *storages, size_t count);

#endif
