/* The guest's agent: what its files share. One thread, one loop; nothing in it waits but the loop itself. */
#ifndef JVMM_AGENT_H
#define JVMM_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <pb.h>

#define AGENT_VERSION "0.1.0"

/* main.c: descriptors and times that something happens at. */
struct watcher {
	int fd;
	uint32_t events;
	void (*ready)(struct watcher *watcher, uint32_t events);
};

/* Both leave the descriptor alone. With events 0 it is not looked at, not even for its end. */
void watch(struct watcher *watcher, uint32_t events);
void unwatch(struct watcher *watcher);

struct timer {
	int64_t at;	/* of now_millis(); 0: not set */
	void (*due)(struct timer *timer);
	struct timer *next;
};

int64_t now_millis(void);
int64_t now_nanos(void);
void timer_set(struct timer *timer, int64_t millis);
void timer_clear(struct timer *timer);
void say(const char *what, const char *why);

/* ttrpc.c: connections, frames, replies. Codes are gRPC's. */
enum code {
	OK = 0,
	UNKNOWN = 2,
	INVALID_ARGUMENT = 3,
	DEADLINE_EXCEEDED = 4,
	NOT_FOUND = 5,
	ALREADY_EXISTS = 6,
	RESOURCE_EXHAUSTED = 8,
	FAILED_PRECONDITION = 9,
	OUT_OF_RANGE = 11,
	UNIMPLEMENTED = 12,
	INTERNAL = 13,
	LATER = -1,	/* the call is answered later, and belongs to whom it was given */
};

struct connection;
struct process;

struct call {
	struct connection *connection;	/* NULL: gone, and nobody wants the answer */
	uint32_t stream;
	const struct method *method;
	char message[256];
	/* for those that wait */
	struct call *next, *earlier, *later;
	uint32_t length;
	size_t done;
	pb_bytes_array_t *data;
};

struct method {
	const char *service, *name;
	const pb_msgdesc_t *request, *reply;
	size_t request_size, reply_size;
	enum code (*serve)(struct call *call, void *request, void *reply);
};

/* Most bytes of data in one reply. */
enum { MOST_DATA = 256 << 10 };

int ttrpc_listen(const char *where);
void ttrpc_flush(void);
/* Whether the connection takes more; else its calls wait until it does. */
bool connection_has_room(const struct connection *connection);
/* Writes the message of a failure, and returns its code. */
enum code fail(struct call *call, enum code code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same, with what errno says behind it, and the code that fits it. */
enum code fail_errno(struct call *call, const char *what);
/* For calls that were left for LATER: answers, and forgets the call. */
void call_end(struct call *call, enum code code, const void *reply);
const char *word(const char *text);
/* Memory for a reply's fields; it is given back behind the reply. */
char *reply_text(const char *text);
pb_bytes_array_t *reply_bytes(size_t size);
/* One more element of a repeated field; NULL where there is no memory. */
void *reply_more(void *field, pb_size_t *count, size_t size);

/* calls.c */
const struct method *find_method(const char *service, const char *name);

/* process.c */
enum { MOST_PROCESSES = 1024 };

struct output {
	struct watcher watcher;
	struct process *process;
	struct call *readers;
	bool ended;
};

struct input {
	struct watcher watcher;
	struct process *process;
	struct call *writers;
	bool closing;
};

struct process {
	char *container, *id;
	pid_t pid;
	bool terminal, exited, waited;
	bool first;	/* of its container, and there as long as that is */
	bool told;	/* all there is to know, so it can go */
	int status;
	struct output out, err;
	struct input in;
	struct call *waiters;
	/* of Run: waits for the first of what there is to tell */
	struct call *runner;
	struct timer patience;
	int64_t arrived;
	/* whose end is the process's: only of those outside of containers */
	struct connection *owner;
	struct starter *starter;	/* while it is not yet its program */
	struct process *next;
};

struct process *process_find(const char *container, const char *id);
/* For each process of a container, or of all where that is NULL; in no order. */
struct process *process_next(const struct process *after, const char *container);
/* Makes one that has no process yet, with its streams; gives the far ends. 0 or an error number. */
int process_make(const char *container, const char *id, bool terminal, int stdio[3], struct process **made);
void process_drop(struct process *process);
/* Drops those of which all is told, and makes the next one's pipes: for when what is owed has been sent. */
void process_prepare(void);
void process_reap(void);
void process_connection_gone(struct connection *connection);
void process_connection_room(struct connection *connection);

/* spawn.c */
struct spawn {
	char **argv, **envp;
	const char *cwd;
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	size_t group_count;
	bool terminal, no_new_privileges;
	bool keeps_user;	/* the agent's own is the one, groups and all */
	bool inside;	/* of a container, where nothing of the guest's is to be seen */
	const void *process;	/* grpc_Process: limits, OOM score and capabilities; may be NULL */
	const void *filter;	/* struct sock_fprog, or NULL */
	unsigned filter_flags;
	int stdio[3];
	const char *failed;	/* what failed, and why */
	int error;
};

/* Learns what every start would have to find out. */
void spawn_prepare(void);
/* For who stays in the agent's own namespaces. */
bool spawn_keeps_user(const struct spawn *order);
/* 0 and the process, or an error number. The caller closes stdio. */
int spawn(struct spawn *order, pid_t *pid);
/* What comes right before a program takes over: limits, rights, folder. For a new process only. Returns where it fails. */
int become(struct spawn *order);
int take_stdio(const struct spawn *order);
int set_oom_score(const struct spawn *order);
const char *variable(char **envp, const char *name);

/* user.c: who a process is to be. Gives an error's words, or NULL. */
const char *user_named(struct spawn *order, const char *name, char *home, size_t home_size);
void home_of(uid_t uid, char *home, size_t size);
/* The same for user 0, with the files read only when they have changed. */
const char *user_super(struct spawn *order, char *home, size_t home_size);

/* container.c */
void container_exited(const struct process *process);
void containers_close(void);

/* files.c, system.c */
int write_text(const char *path, const char *text);
/* Reads a small file, without its last newline; the length, or -1 and errno. */
ssize_t read_text(const char *path, char *into, size_t size);
int make_folders(const char *path, mode_t mode);
bool is_init(void);

#endif
