/* Filters: their errno, their kill, their SIGSYS. */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "selftest.h"

/* linux/seccomp.h and linux/filter.h, which musl does not bring along. */
enum { MODE_FILTER = 2, LOAD_WORD = 0x20, JUMP_EQUAL = 0x15, RETURN = 0x06 };
#define RET_KILL_PROCESS 0x80000000u
#define RET_TRAP 0x00030000u
#define RET_ERRNO 0x00050000u
#define RET_ALLOW 0x7fff0000u

struct instruction {
	uint16_t code;
	uint8_t if_true, if_false;
	uint32_t value;
};

static void refuse(uint32_t number, uint32_t answer)
{
	struct instruction program[] = {
		{ LOAD_WORD, 0, 0, 0 },			/* the call's number */
		{ JUMP_EQUAL, 0, 1, number },
		{ RETURN, 0, 0, answer },
		{ RETURN, 0, 0, RET_ALLOW },
	};
	const struct {
		uint16_t length;
		struct instruction *program;
	} filter = { 4, program };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, MODE_FILTER, &filter))
		_exit(90);
}

static int with_errno(void *unused)
{
	(void)unused;
	refuse(SYS_getppid, RET_ERRNO | 77);
	errno = 0;
	if (syscall(SYS_getppid) != -1 || errno != 77)
		return 1;
	return syscall(SYS_getpid) > 0 ? 5 : 2;
}

void test_seccomp_errno(void)
{
	int status = in_child(with_errno, NULL);

	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 5);
}

static int with_kill(void *unused)
{
	(void)unused;
	refuse(SYS_getppid, RET_KILL_PROCESS);
	syscall(SYS_getppid);
	return 5;
}

void test_seccomp_kill(void)
{
	int status = in_child(with_kill, NULL);

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

static volatile long trapped;

static void on_sigsys(int number, siginfo_t *info, void *context)
{
	ucontext_t *state = context;

	(void)number, (void)info;
	trapped = state->uc_mcontext.gregs[REG_RIP] < 0x800000000000 ? state->uc_mcontext.gregs[REG_RAX] : -1;
	state->uc_mcontext.gregs[REG_RAX] = 321;
}

static int with_trap(void *unused)
{
	struct sigaction action = { .sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO };

	(void)unused;
	sigaction(SIGSYS, &action, NULL);
	refuse(SYS_getppid, RET_TRAP);
	return syscall(SYS_getppid) == 321 && trapped == SYS_getppid ? 5 : 1;
}

void test_seccomp_trap(void)
{
	int status = in_child(with_trap, NULL);

	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 5);
}
