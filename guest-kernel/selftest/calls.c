/* Registers, numbers, and the gates that must stay shut. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftest.h"

/* All registers but RSP: patterns in, one getpid, values out. */
struct registers {
	uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15, flags, after;
};

void call_with(struct registers *registers);
__asm__(
	".globl call_with\n"
	"call_with:\n"
	"	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15; push %rdi\n"
	"	mov %rdi, %rax\n"
	"	mov 8(%rax), %rbx; mov 24(%rax), %rdx; mov 32(%rax), %rsi; mov 40(%rax), %rdi\n"
	"	mov 48(%rax), %rbp; mov 56(%rax), %r8; mov 64(%rax), %r9; mov 72(%rax), %r10\n"
	"	mov 88(%rax), %r12; mov 96(%rax), %r13; mov 104(%rax), %r14; mov 112(%rax), %r15\n"
	"	push 120(%rax); popf\n"
	"	mov (%rax), %rax\n"
	"	syscall\n"
	"call_with_after:\n"
	"	push %rax; pushf; pop %rax; push %rax; mov 16(%rsp), %rax\n"	/* flags, then rax, then the struct */
	"	mov %rbx, 8(%rax); mov %rcx, 16(%rax); mov %rdx, 24(%rax); mov %rsi, 32(%rax); mov %rdi, 40(%rax)\n"
	"	mov %rbp, 48(%rax); mov %r8, 56(%rax); mov %r9, 64(%rax); mov %r10, 72(%rax); mov %r11, 80(%rax)\n"
	"	mov %r12, 88(%rax); mov %r13, 96(%rax); mov %r14, 104(%rax); mov %r15, 112(%rax)\n"
	"	pop %rcx; mov %rcx, 120(%rax); pop %rcx; mov %rcx, (%rax)\n"
	"	lea call_with_after(%rip), %rcx; mov %rcx, 128(%rax)\n"
	"	cld\n"
	"	pop %rdi; pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
	"	ret\n");

/* CF PF AF ZF SF and DF: the program's own, and no less after the call. */
enum { FLAGS_KEPT = 0x4d5 };

void test_registers(void)
{
	struct registers r = {
		.rax = SYS_getppid, .rbx = 0x1111111111111111, .rdx = 0x2222222222222222, .rsi = 0x3333333333333333,
		.rdi = 0x4444444444444444, .rbp = 0x5555555555555555, .r8 = 0x6666666666666666, .r9 = 0x7777777777777777,
		.r10 = 0x8888888888888888, .r12 = 0x9999999999999999, .r13 = 0xaaaaaaaaaaaaaaaa,
		.r14 = 0xbbbbbbbbbbbbbbbb, .r15 = 0xcccccccccccccccc, .flags = 0x246 | 0x400 | 0x1,
	};
	const struct registers in = r;

	call_with(&r);
	CHECK(r.rax == (uint64_t)getppid());
	CHECK(r.rbx == in.rbx && r.rdx == in.rdx && r.rsi == in.rsi && r.rdi == in.rdi && r.rbp == in.rbp);
	CHECK(r.r8 == in.r8 && r.r9 == in.r9 && r.r10 == in.r10);
	CHECK(r.r12 == in.r12 && r.r13 == in.r13 && r.r14 == in.r14 && r.r15 == in.r15);
	CHECK(r.rcx == r.after);
	CHECK((r.flags & FLAGS_KEPT) == (in.flags & FLAGS_KEPT));
	CHECK((r.r11 & FLAGS_KEPT) == (in.flags & FLAGS_KEPT));
}

static long raw(long number)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "0"(number), "D"(0), "S"(0), "d"(0) : "rcx", "r11", "memory");
	return result;
}

void test_unknown_calls(void)
{
	const long x32 = 0x40000000;

	CHECK(raw(100000) == -ENOSYS);
	CHECK(raw(-1) == -ENOSYS);
	CHECK(raw(0x7fffffff) == -ENOSYS);
	CHECK(raw(x32 | SYS_getpid) == -ENOSYS);
	CHECK(raw(x32 | 512) == -ENOSYS);
	/* Only EAX counts, as the hardware's entry has it. */
	CHECK(raw((long)0xabcdef0000000000 | SYS_getpid) == getpid());
}

enum { HAS_32_BIT_CALLS = 7 };

static int int80(void *unused)
{
	long result = 20;		/* getpid, by 32-bit numbers */

	(void)unused;
	__asm__ volatile("int $0x80" : "+a"(result) : : "memory");
	return result == getpid() ? HAS_32_BIT_CALLS : 0;
}

static int sysenter(void *unused)
{
	long result = 20;

	(void)unused;
	__asm__ volatile("push %%rbp; mov %%rsp, %%rbp; sysenter; pop %%rbp" : "+a"(result) : : "memory", "rcx", "rdx", "r11");
	return 0;
}

static bool refused(int status)
{
	return WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGILL);
}

void test_legacy_gates(void)
{
	int status = in_child(int80, NULL);

	if (WIFEXITED(status) && WEXITSTATUS(status) == HAS_32_BIT_CALLS) {
		skip("this kernel has 32-bit calls");
		return;
	}
	CHECK(refused(status));
	CHECK(refused(in_child(sysenter, NULL)));
}

static int jump(void *target)
{
	__asm__ volatile("jmp *%0" : : "r"(target), "a"(SYS_getpid), "c"(0), "d"(0) : "memory");
	return 0;
}

/* Kernel addresses around the entry: a fault each, never a call, never an oops. */
void test_kernel_jump(void)
{
	CHECK(refused(in_child(jump, (void *)0xffffffff81000000)));
	CHECK(refused(in_child(jump, (void *)0xffffffffff600400)));
	CHECK(refused(in_child(jump, (void *)0x8000000000000000)));
}
