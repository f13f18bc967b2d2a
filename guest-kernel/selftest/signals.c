/* Signals that arrive in the middle of system calls. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "selftest.h"

static volatile sig_atomic_t arrived;
static int pipe_ends[2];

/* Wakes the reader by a byte, but only after the handler has run. */
static void on_alarm(int number)
{
	(void)number;
	arrived++;
	if (write(pipe_ends[1], "x", 1) != 1)
		_exit(99);
}

static void on_alarm_quiet(int number)
{
	(void)number;
	arrived++;
}

static void alarm_soon(void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
	const struct itimerval soon = { .it_value = { .tv_usec = 50000 } };

	arrived = 0;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
}

static ssize_t interrupted_read(void (*handler)(int), int flags)
{
	char byte;
	ssize_t n;

	if (pipe(pipe_ends) < 0)
		return -2;
	alarm_soon(handler, flags);
	n = read(pipe_ends[0], &byte, 1);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	return n;
}

void test_restart(void)
{
	CHECK(interrupted_read(on_alarm, SA_RESTART) == 1);
	CHECK(arrived == 1);
}

void test_no_restart(void)
{
	errno = 0;
	CHECK(interrupted_read(on_alarm_quiet, 0) == -1);
	CHECK(errno == EINTR);
	CHECK(arrived == 1);
}

static void scribble(int number, siginfo_t *info, void *context)
{
	(void)number, (void)info, (void)context;
	__asm__ volatile(
		"xor %%eax, %%eax; xor %%ecx, %%ecx; xor %%edx, %%edx; xor %%esi, %%esi; xor %%edi, %%edi\n"
		"xor %%r8d, %%r8d; xor %%r9d, %%r9d; xor %%r10d, %%r10d; xor %%r11d, %%r11d\n"
		"pxor %%xmm0, %%xmm0; pxor %%xmm15, %%xmm15"
		: : : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "xmm0", "xmm15", "cc");
	arrived++;
}

/*
 * Interrupts a loop that makes no call: even RCX, R11 and the flags have to come back. The loop counts down in RAX and
 * compares what it holds in the others.
 */
static long spin_checked(void)
{
	long bad;

	__asm__ volatile(
		"	mov $0x123456789, %%rcx; mov $0x23456789a, %%r11; mov $0x3456789ab, %%rdx; mov %%rcx, %%r8; mov %%r11, %%r9\n"
		"	movq %%rcx, %%xmm0; movq %%r11, %%xmm15\n"
		"1:	cmpl $0, %[arrived]\n"
		"	jne 2f\n"
		"	cmp %%r8, %%rcx\n"
		"	je 1b\n"
		"2:	xor %%eax, %%eax\n"
		"	movq %%xmm0, %%r10; cmp %%r10, %%r8; setne %%al\n"
		"	movq %%xmm15, %%r10; cmp %%r10, %%r9; setne %%r10b; or %%r10b, %%al\n"
		"	cmp %%rcx, %%r8; setne %%r10b; or %%r10b, %%al\n"
		"	cmp %%r11, %%r9; setne %%r10b; or %%r10b, %%al\n"
		"	mov $0x3456789ab, %%r10; cmp %%r10, %%rdx; setne %%r10b; or %%r10b, %%al\n"
		: "=&a"(bad) : [arrived] "m"(arrived)
		: "rcx", "rdx", "r8", "r9", "r10", "r11", "xmm0", "xmm15", "cc", "memory");
	return bad;
}

void test_sigreturn(void)
{
	struct sigaction action = { .sa_sigaction = scribble, .sa_flags = SA_SIGINFO };
	const struct itimerval soon = { .it_value = { .tv_usec = 20000 } };

	for (int i = 0; i < 5; i++) {
		arrived = 0;
		sigaction(SIGALRM, &action, NULL);
		setitimer(ITIMER_REAL, &soon, NULL);
		CHECK(spin_checked() == 0);
		CHECK(arrived == 1);
	}
}

static int sleeper(void *unused)
{
	const struct timespec time = { .tv_nsec = 400000000 };
	struct timespec from, to;
	long long slept;

	(void)unused;
	clock_gettime(CLOCK_MONOTONIC, &from);
	if (nanosleep(&time, NULL) != 0)
		return 1;
	clock_gettime(CLOCK_MONOTONIC, &to);
	slept = (to.tv_sec - from.tv_sec) * 1000000000LL + to.tv_nsec - from.tv_nsec;
	return slept < time.tv_nsec ? 2 : 0;
}

/* Stop and continue make nanosleep go on by restart_syscall, without the program noticing. */
void test_restart_block(void)
{
	const struct timespec moment = { .tv_nsec = 100000000 };
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(sleeper(NULL));
	nanosleep(&moment, NULL);
	kill(pid, SIGSTOP);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	kill(pid, SIGCONT);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
