/* Several processes hold different values in the wide registers, are switched and interrupted, and compare. */
#include <errno.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hammer.h"
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

void test_vectors_ymm(void)
{
	if (!has_ymm())
		skip("no AVX2 in CPUID");
	else
		run(hammer_ymm);
}

void test_vectors_zmm(void)
{
	if (!has_zmm())
		skip("no AVX-512 in CPUID");
	else
		run(hammer_zmm);
}
