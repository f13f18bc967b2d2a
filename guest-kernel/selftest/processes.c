/* New processes, new programs, threads. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftest.h"

void test_vfork_exec(void)
{
	for (int i = 0; i < 5; i++) {
		int status;
		pid_t pid = vfork();

		if (pid == 0) {
			execl("/proc/self/exe", "selftest", "exec-target", (char *)NULL);
			_exit(1);
		}
		CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
	}
}

enum { THREADS = 4, ROUNDS = 50 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int total;
static __thread int mine;

static void *count(void *number)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&lock);
		total++;
		mine += (int)(intptr_t)number;
		pthread_mutex_unlock(&lock);
	}
	return (void *)(intptr_t)mine;
}

void test_clone_threads(void)
{
	pthread_t threads[THREADS];

	total = 0;
	for (intptr_t i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, count, (void *)(i + 1)) == 0);
	for (intptr_t i = 0; i < THREADS; i++) {
		void *result;

		CHECK(pthread_join(threads[i], &result) == 0);
		CHECK((intptr_t)result == (i + 1) * ROUNDS);
	}
	CHECK(total == THREADS * ROUNDS);
}
