/* Several processes hold different values in the wide registers, are switched and interrupted, and compare. */
#include <cpuid.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftest.h"

enum { PROCESSES = 4, ROUNDS = 100, SPIN = 200000 };

static volatile sig_atomic_t ticks;

static void on_tick(int number)
{
	(void)number;
	ticks++;
#ifdef __x86_64__
	__asm__ volatile("vpcmpeqd %%ymm0, %%ymm0, %%ymm0; vpcmpeqd %%ymm9, %%ymm9, %%ymm9" : : : "xmm0", "xmm9");
#endif
}

/* How one kind of register is filled with a value and compared with it (0: equal) around a sched_yield and a spin. */
typedef long hammer(const uint64_t value[8], long spin);

static long hammer_ymm(const uint64_t value[8], long spin)
{
	long call = SYS_sched_yield, bad;

	__asm__ volatile(
		"	vmovdqu (%[value]), %%ymm0; vmovdqu 32(%[value]), %%ymm15\n"
		"	vmovdqa %%ymm0, %%ymm1; vmovdqa %%ymm15, %%ymm8\n"
		"	syscall\n"
		"1:	dec %[spin]\n"
		"	jnz 1b\n"
		"	vpxor (%[value]), %%ymm0, %%ymm2; vpxor 32(%[value]), %%ymm15, %%ymm3\n"
		"	vpxor (%[value]), %%ymm1, %%ymm4; vpxor 32(%[value]), %%ymm8, %%ymm5\n"
		"	vpor %%ymm2, %%ymm3, %%ymm2; vpor %%ymm4, %%ymm5, %%ymm4; vpor %%ymm2, %%ymm4, %%ymm2\n"
		"	xor %%eax, %%eax; vptest %%ymm2, %%ymm2; setnz %%al\n"
		: "=&a"(bad), [spin] "+r"(spin) : "0"(call), [value] "r"(value)
		: "rcx", "r11", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm8", "xmm15");
	return bad;
}

static long hammer_zmm(const uint64_t value[8], long spin)
{
	long call = SYS_sched_yield, bad;

	__asm__ volatile(
		"	vmovdqu64 (%[value]), %%zmm0; vmovdqu64 (%[value]), %%zmm16; vmovdqu64 (%[value]), %%zmm31\n"
		"	kmovw (%[value]), %%k1; kmovw 2(%[value]), %%k7\n"
		"	syscall\n"
		"1:	dec %[spin]\n"
		"	jnz 1b\n"
		"	vpcmpneqq (%[value]), %%zmm0, %%k2; vpcmpneqq (%[value]), %%zmm16, %%k3; vpcmpneqq (%[value]), %%zmm31, %%k4\n"
		"	korw %%k2, %%k3, %%k2; korw %%k2, %%k4, %%k2; kmovw %%k2, %%eax\n"
		"	kmovw %%k1, %%ecx; movzwl (%[value]), %%r11d; xor %%r11d, %%ecx; or %%ecx, %%eax\n"
		"	kmovw %%k7, %%ecx; movzwl 2(%[value]), %%r11d; xor %%r11d, %%ecx; or %%ecx, %%eax\n"
		: "=&a"(bad), [spin] "+r"(spin) : "0"(call), [value] "r"(value)
		: "rcx", "r11", "memory", "cc", "xmm0");	/* the compiler knows no others here */
	return bad;
}

static int work(int number, hammer *hammer)
{
	const struct itimerval often = { { .tv_usec = 150000 }, { .tv_usec = 50000 + 10000 * number } };
	struct sigaction action = { .sa_handler = on_tick };
	uint64_t value[8];

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < 8; i++)
			value[i] = 0x0101010101010101u * (unsigned)(number + 1) + (uint64_t)round * 0x9e3779b97f4a7c15u + (unsigned)i;
		if (hammer(value, SPIN) != 0)
			return 1;
	}
	return 0;
}

static void run(hammer *hammer)
{
	pid_t pids[PROCESSES];

	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(work(i, hammer));
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status;

		CHECK(waitpid(pids[i], &status, 0) == pids[i]);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
}

/* The processor has it: whether the kernel saves it is what the test is about. */
static bool processor_has(unsigned mask_leaf1_ecx, unsigned mask_leaf7_ebx)
{
	unsigned a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || (c & mask_leaf1_ecx) != mask_leaf1_ecx)
		return false;
	if (!mask_leaf7_ebx)
		return true;
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & mask_leaf7_ebx) == mask_leaf7_ebx;
}

void test_vectors_ymm(void)
{
	if (!processor_has(bit_AVX | bit_OSXSAVE, bit_AVX2))
		skip("no AVX2 in CPUID");
	else
		run(hammer_ymm);
}

void test_vectors_zmm(void)
{
	if (!processor_has(bit_AVX | bit_OSXSAVE, bit_AVX512F))
		skip("no AVX-512 in CPUID");
	else
		run(hammer_zmm);
}
