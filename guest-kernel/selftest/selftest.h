/* A line per test, a summary, a failure's exit code. */
#ifndef JVMM_SELFTEST_H
#define JVMM_SELFTEST_H

#include <stdbool.h>
#include <stdint.h>

/* Names the reason of a failure once; the test goes on to clean up. */
void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void skip(const char *reason);

#define CHECK(condition) \
	do { \
		if (!(condition)) \
			fail("%s:%d: %s (errno %d)", __FILE__, __LINE__, #condition, errno); \
	} while (0)

/* Runs child() in a new process and returns its wait status. */
int in_child(int (*child)(void *), void *argument);

void test_clean_start(void);
void test_identity(void);
void test_reseeding(void);
void test_registers(void);
void test_unknown_calls(void);
void test_legacy_gates(void);
void test_kernel_jump(void);
void test_restart(void);
void test_no_restart(void);
void test_sigreturn(void);
void test_restart_block(void);
void test_ptrace_stops(void);
void test_ptrace_changes(void);
void test_ptrace_emulation(void);
void test_single_step(void);
void test_seccomp_errno(void);
void test_seccomp_kill(void);
void test_seccomp_trap(void);
void test_vfork_exec(void);
void test_clone_threads(void);
void test_vectors_ymm(void);
void test_vectors_zmm(void);

#endif
