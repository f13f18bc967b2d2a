/* What a tracer sees of a system call, and what it may change. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftest.h"

#ifndef PTRACE_SYSEMU
#define PTRACE_SYSEMU 31
#endif

enum { SYSCALL_STOP = SIGTRAP | 0x80 };

static long call3(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "0"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return result;
}

/* Starts body() traced, at its own SIGSTOP. */
static pid_t start_traced(int (*body)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		_exit(body());
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	CHECK(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == 0);
	return pid;
}

/* Resumes until the next stop of a call; false when the process is gone (status says how) or stopped otherwise. */
static bool resume(pid_t pid, int request, struct user_regs_struct *regs, int *status)
{
	if (ptrace(request, pid, 0, 0) != 0 || waitpid(pid, status, 0) != pid)
		return false;
	if (!WIFSTOPPED(*status))
		return false;
	ptrace(PTRACE_GETREGS, pid, 0, regs);
	return true;
}

/* Goes on to the entry of call number; other calls pass. */
static bool reach(pid_t pid, int request, long number, struct user_regs_struct *regs, int *status)
{
	for (int i = 0; i < 50; i++) {
		if (!resume(pid, request, regs, status))
			return false;
		if (WSTOPSIG(*status) == SYSCALL_STOP && (long)regs->orig_rax == number && (long)regs->rax == -ENOSYS)
			return true;
	}
	return false;
}

static void end(pid_t pid, int wanted)
{
	int status;

	ptrace(PTRACE_CONT, pid, 0, 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == wanted);
}

static int one_lseek(void)
{
	return call3(SYS_lseek, -1, 0x1234567887654321, 77) == -EBADF ? 5 : 6;
}

void test_ptrace_stops(void)
{
	struct user_regs_struct entry, exit;
	int status;
	pid_t pid = start_traced(one_lseek);

	CHECK(reach(pid, PTRACE_SYSCALL, SYS_lseek, &entry, &status));
	CHECK(entry.rdi == (unsigned long)-1 && entry.rsi == 0x1234567887654321 && entry.rdx == 77);
	CHECK(entry.rip < 0x800000000000 && entry.cs == 0x33 && entry.ss == 0x2b);
	CHECK(resume(pid, PTRACE_SYSCALL, &exit, &status) && WSTOPSIG(status) == SYSCALL_STOP);
	CHECK((long)exit.rax == -EBADF && exit.orig_rax == SYS_lseek);
	CHECK(exit.rip == entry.rip && exit.rsp == entry.rsp && exit.rcx == exit.rip);
	end(pid, 5);
}

static int two_calls(void)
{
	long number = call3(SYS_lseek, -1, 0, 0), pid = call3(SYS_getpid, 0, 0, 0);

	return number == getppid() && pid == 4711 ? 5 : 6;
}

void test_ptrace_changes(void)
{
	struct user_regs_struct regs;
	int status;
	pid_t pid = start_traced(two_calls);

	CHECK(reach(pid, PTRACE_SYSCALL, SYS_lseek, &regs, &status));
	regs.orig_rax = SYS_getppid;
	CHECK(ptrace(PTRACE_SETREGS, pid, 0, &regs) == 0);
	CHECK(resume(pid, PTRACE_SYSCALL, &regs, &status) && (long)regs.rax == getpid());
	CHECK(reach(pid, PTRACE_SYSCALL, SYS_getpid, &regs, &status));
	CHECK(resume(pid, PTRACE_SYSCALL, &regs, &status));
	regs.rax = 4711;
	CHECK(ptrace(PTRACE_SETREGS, pid, 0, &regs) == 0);
	end(pid, 5);
}

static int emulated_call(void)
{
	return call3(SYS_kill, call3(SYS_getpid, 0, 0, 0), SIGKILL, 0) == 1234 ? 5 : 6;
}

void test_ptrace_emulation(void)
{
	struct user_regs_struct regs;
	int status;
	pid_t pid = start_traced(emulated_call);

	CHECK(reach(pid, PTRACE_SYSCALL, SYS_getpid, &regs, &status));
	CHECK(resume(pid, PTRACE_SYSCALL, &regs, &status));
	CHECK(reach(pid, PTRACE_SYSEMU, SYS_kill, &regs, &status));
	regs.rax = 1234;
	CHECK(ptrace(PTRACE_SETREGS, pid, 0, &regs) == 0);
	end(pid, 5);
}

static int stepped(void)
{
	long pid = 0;

	for (int i = 0; i < 3; i++)
		pid |= call3(SYS_getpid, 0, 0, 0);
	return pid == getpid() ? 5 : 6;
}

/* Every step stays in user mode, and every call on the way is made once. */
void test_single_step(void)
{
	struct user_regs_struct regs;
	int status, steps = 0;
	bool outside = false;
	pid_t pid = start_traced(stepped);

	CHECK(reach(pid, PTRACE_SYSCALL, SYS_getpid, &regs, &status));
	CHECK(resume(pid, PTRACE_SYSCALL, &regs, &status));
	while (steps < 60 && resume(pid, PTRACE_SINGLESTEP, &regs, &status)) {
		outside |= regs.rip >= 0x800000000000 || WSTOPSIG(status) != SIGTRAP;
		steps++;
	}
	CHECK(steps > 10);
	CHECK(!outside);
	if (WIFSTOPPED(status))
		end(pid, 5);
	else
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 5);
}
