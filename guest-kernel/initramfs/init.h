/* The default guest's init: what its files share. */
#ifndef JVMM_INIT_H
#define JVMM_INIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Frames, as guest-kernel/CHANNEL.md has them. */
enum frame_type {
	FRAME_READY = 0x01,
	FRAME_STARTED = 0x02,
	FRAME_STDOUT = 0x03,
	FRAME_STDERR = 0x04,
	FRAME_EXITED = 0x05,
	FRAME_FAILED = 0x06,
	FRAME_CREDIT = 0x07,
	FRAME_SLOT = 0x08,
	FRAME_RUN = 0x41,
	FRAME_STDIN = 0x42,
	FRAME_SIGNAL = 0x43,
	FRAME_RESIZE = 0x44,
	FRAME_CLOCK = 0x45,
	FRAME_ENTROPY = 0x46,
	FRAME_POWEROFF = 0x47,
	FRAME_IDENTITY = 0x48,
	FRAME_ATTACH = 0x49,
	FRAME_DETACH = 0x4A,
	FRAME_LAST = FRAME_DETACH,
};

enum {
	PROTOCOL_VERSION = 2,
	HEADER_SIZE = 4,
	MAX_DATA = 4096,
	MAX_RUN = 1 << 20,
	STDIN_WINDOW = 16384,
};

struct frame {
	uint8_t type;
	uint32_t length;
	uint8_t *payload;
};

/* channel.c */
int channel_open(const char *device);
/* Frames gather until channel_flush(), or until there is no room for more: a system call is dear where the kernel is emulated. */
void channel_send(uint8_t type, const void *payload, uint32_t length);
/* The same without a copy: room for MAX_DATA bytes of payload, then what became of it. */
uint8_t *channel_room(void);
void channel_sent(uint8_t type, uint32_t length);
bool channel_pending(void);
void channel_flush(void);
/* Reads what has arrived; calls handle_frame() for each whole frame. */
void channel_receive(void);
/* From handle_frame(): leaves the frame's payload as it is, until this is called again; false where it can not. */
bool channel_keep(const struct frame *frame);

/* orders.c: every order of the host is checked and obeyed here. */
void handle_frame(const struct frame *frame);

/* identity.c: what tells this guest from others that began as the same memory. */
void identity_prepare(void);
void set_clock(uint64_t nanoseconds);
void add_entropy(const uint8_t *bytes, uint32_t length);
void set_identity(const uint8_t *bytes, uint32_t length);

/* slots.c: virtio devices that come and go. Both give 0 or an error number. */
void slots_prepare(void);
int slot_attach(uint8_t slot);
int slot_detach(uint8_t slot);
/* A descriptor that is readable when slots_serve() is to be called; -1 where the kernel never asks for anything. */
int slots_watch(void);
void slots_serve(int fd);

/* network.c. A descriptor that is readable when network_serve() is to be called, or -1. */
int network_watch(void);
void network_serve(void);
/* A child has ended that may be one of its own. */
void network_reaped(pid_t pid);
/* Waits until each interface that is there has an address, or has asked for one in vain. */
void network_settle(void);

/* lease.c: what the DHCP client's script does. */
int lease(const char *event);

/* run.c: the one command. */
struct run_order {
	uint32_t flags;
	uint16_t rows, columns;
	const char *directory;
	char **argv, **envp;	/* behind envp's last, room for SPAWN_VARIABLES more */
};
enum { SPAWN_VARIABLES = 3 };
enum { RUN_CONSOLE = 1, RUN_PTY = 2, RUN_SYNC = 4 };

bool run_active(void);
/* Makes ready beforehand what the next command will need. */
void run_prepare(void);
/* How long the end of a short command is waited for before what is there is sent: milliseconds. */
int run_patience(void);
/* That time is over. */
void run_impatient(void);
/* keeps: the order's strings stay where they are until the command has become its program. */
void run_start(const struct run_order *order, bool keeps);
/* Whether the host is still to be told that the command runs. */
bool run_waiting(void);
void run_stdin(const uint8_t *bytes, uint32_t length);
void run_signal(int number);
void run_resize(uint16_t rows, uint16_t columns);
void run_exited(pid_t pid, int status);

struct pollfd;
enum { RUN_POLL_MAX = 3 };
int run_poll(struct pollfd *fds);
void run_seen(const struct pollfd *fds, int count);
void run_serve(const struct pollfd *fds, int count);

/* spawn.c. What does not return a descriptor returns 0 or an error number. */
void spawn_look(void);
/* Makes the next command's process, if there is none, with these for its first descriptors; none where they are -1. */
int spawn_prepare(const int stdio[3]);
/*
 * Lets it become the program. Without wait: order's words and the terminal's name are in use while spawn_pending(), and
 * spawn_error() says why the process ended instead. Used up in any case but when an error is returned before it was begun.
 */
int spawn_command(const struct run_order *order, const char *terminal, bool wait, pid_t *pid);
bool spawn_pending(void);
/* A child has ended that may be the one that waits for a command. */
void spawn_reaped(pid_t pid);
int spawn_error(void);
/* Ends the process that waits for a command. */
void spawn_dismiss(void);
void set_window(int fd, uint16_t rows, uint16_t columns);
int open_terminal(const char *path);

/* agent.c. agent_reaped(): a child has ended that may be the agent. */
void agent_start(void);
void agent_reaped(pid_t pid);

/* root.c: whether the host gives a root file system; becomes its init. */
bool root_given(void);
_Noreturn void root_enter(void);

/* power.c */
enum power { POWER_OFF, POWER_REBOOT };
_Noreturn void power(enum power how);

/* console.c: messages, and the shell where no host listens. */
void say(const char *text);
_Noreturn void protocol_error(const char *what);
_Noreturn void console_session(void);

/* init.c: the descriptor that becomes readable with a signal; what signals asked for, and whose end they told of. */
extern int signals;
void serve_signals(void (*ended)(pid_t pid, int status));
/* For serve_signals(), where the host is obeyed. */
void child_reaped(pid_t pid, int status);

uint16_t le16(const uint8_t *at);
uint32_t le32(const uint8_t *at);
uint64_t le64(const uint8_t *at);
void put_le32(uint8_t *at, uint32_t value);

#endif
