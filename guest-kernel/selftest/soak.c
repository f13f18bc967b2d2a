/*
 * /init of a guest that is saved and restored while it works: processes that compute, hammer the wide registers, take timers and send one
 * another signals, all a fixed amount of work with one right result, whatever happens to the machine meanwhile. The kernel passes on what
 * stands behind "--" on its command line: ROUNDS of work for each process, again and again until SECONDS have gone by.
 *
 * Prints "tick N" every quarter of a second, N counting from 1 without a gap, then "soak: ok DIGEST" or "soak: FAIL WHY", and powers off.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hammer.h"

enum { HAMMERS = 3, SPIN = 100000, BUFFER = 1 << 18, TICK_MS = 250, SIGNALS_A_ROUND = 2 };

static const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME };

enum { CLOCKS = sizeof clocks / sizeof *clocks, KEEPER = 0, WORKERS = HAMMERS + 3 };

/* Seen by all processes. */
static struct shared {
	_Atomic int64_t latest[CLOCKS];
	_Atomic int done;
	uint64_t digests[WORKERS];
	char failure[160];
} *shared;

static void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

static void fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(shared->failure, sizeof shared->failure, format, arguments);
	va_end(arguments);
	_exit(1);
}

static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9u;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

/* No process may see a clock earlier than one that another has seen before it looked. */
static int64_t check_clock(int clock)
{
	int64_t before = atomic_load(&shared->latest[clock]);
	struct timespec now;

	clock_gettime(clocks[clock], &now);
	int64_t nanos = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
	if (nanos < before)
		fail("clock %d went back by %lld ns", clock, (long long)(before - nanos));
	while (nanos > before && !atomic_compare_exchange_weak(&shared->latest[clock], &before, nanos))
		;
	return nanos;
}

static void check_clocks(void)
{
	for (int clock = 0; clock < CLOCKS; clock++)
		check_clock(clock);
}

static uint64_t compute(int rounds)
{
	static uint64_t buffer[BUFFER / sizeof(uint64_t)];
	uint64_t digest = 1;

	for (int round = 0; round < rounds; round++) {
		for (size_t i = 0; i < BUFFER / sizeof *buffer; i++) {
			buffer[i] = mix(buffer[i] + digest);
			digest += buffer[i] ^ i;
		}
		check_clocks();
	}
	return digest;
}

static uint64_t strike(int number, int rounds)
{
	hammer *hammer = number % 2 && has_zmm() ? hammer_zmm : has_ymm() ? hammer_ymm : NULL;
	uint64_t value[8], digest = (uint64_t)number;

	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < 8; i++)
			digest = value[i] = mix(digest + (uint64_t)i);
		if (hammer && hammer(value, SPIN))
			fail("process %d lost its registers in round %d", number, round);
	}
	return digest;
}

static volatile sig_atomic_t alarms, pings;

static void on_alarm(int number)
{
	(void)number;
	alarms++;
}

static void on_ping(int number)
{
	(void)number;
	pings++;
}

static void handle(int number, void (*handler)(int))
{
	/* Or an alarm would cost a line of output: a terminal looks for signals before it writes. */
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };

	sigaction(number, &action, NULL);
}

/* Sleeps are never short, and an interval timer goes on. */
static uint64_t keep_time(void)
{
	const struct itimerval often = { { .tv_usec = 100000 }, { .tv_usec = 100000 } };
	int64_t start, end;

	handle(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int tick = 1; !atomic_load(&shared->done); tick++) {
		struct timespec left = { 0, TICK_MS * 1000000 };

		start = check_clock(0);
		while (nanosleep(&left, &left) != 0 && errno == EINTR)
			;
		end = check_clock(0);
		if (end - start < TICK_MS * INT64_C(1000000))
			fail("a sleep of %d ms took %lld ns", TICK_MS, (long long)(end - start));
		if (tick > 8 && alarms == 0)
			fail("the interval timer has stopped");
		if (tick % 8 == 0)
			alarms = 0;
		dprintf(1, "tick %d\n", tick);
	}
	return 1;
}

/* Two processes that answer each signal of the other's with one of their own. */
static uint64_t exchange(int rounds)
{
	sigset_t ping, open;

	handle(SIGUSR1, on_ping);
	sigemptyset(&ping);
	sigaddset(&ping, SIGUSR1);
	sigprocmask(SIG_BLOCK, &ping, &open);
	pid_t child = fork();
	pid_t peer = child ? child : getppid();
	if (child)
		kill(peer, SIGUSR1);
	for (int round = 0; round < rounds * SIGNALS_A_ROUND; round++) {
		while (pings <= round)
			sigsuspend(&open);
		kill(peer, SIGUSR1);
		check_clocks();
	}
	if (!child)
		_exit(0);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	return (uint64_t)rounds;
}

static uint64_t work(int worker, int rounds)
{
	switch (worker) {
	case KEEPER: return keep_time();
	case 1: return compute(rounds);
	case 2: return exchange(rounds);
	default: return strike(worker, rounds * 4);
	}
}

static pid_t start(int worker, int rounds)
{
	pid_t pid = fork();

	if (pid == 0) {
		shared->digests[worker] = work(worker, rounds);
		_exit(0);
	}
	return pid;
}

static bool succeeds(int worker, pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	dprintf(1, "soak: FAIL %s (process %d, status 0x%x)\n", shared->failure, worker, (unsigned)status);
	return false;
}

/* All but the clock's keeper, once. */
static bool batch(int rounds, uint64_t *digest)
{
	pid_t pids[WORKERS];
	bool well = true;

	*digest = 0;
	for (int i = 1; i < WORKERS; i++)
		pids[i] = start(i, rounds);
	for (int i = 1; i < WORKERS; i++) {
		well &= succeeds(i, pids[i]);
		*digest = mix(*digest + shared->digests[i]);
	}
	return well;
}

static void run(int rounds, int seconds)
{
	int64_t end = check_clock(0) + seconds * INT64_C(1000000000);
	pid_t keeper = start(KEEPER, rounds);
	uint64_t first, digest;

	if (!batch(rounds, &first))
		return;
	while (check_clock(0) < end) {
		if (!batch(rounds, &digest))
			return;
		if (digest != first) {
			dprintf(1, "soak: FAIL the same work gave %016llx and %016llx\n", (unsigned long long)first,
				(unsigned long long)digest);
			return;
		}
	}
	atomic_store(&shared->done, 1);
	if (succeeds(KEEPER, keeper))
		dprintf(1, "soak: ok %016llx\n", (unsigned long long)first);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 10, seconds = argc > 2 ? atoi(argv[2]) : 0;

	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || rounds <= 0)
		dprintf(1, "soak: FAIL no memory or no rounds\n");
	else
		run(rounds, seconds);
	if (getpid() == 1)
		reboot(RB_POWER_OFF);
	return 0;
}
