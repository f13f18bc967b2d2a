/* What a kernel's system calls must keep to, whichever way they reach it: prints a line per test. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftest.h"

static char reason[256];
static bool failed, skipped;

void fail(const char *format, ...)
{
	va_list arguments;

	if (failed)
		return;
	failed = true;
	va_start(arguments, format);
	vsnprintf(reason, sizeof reason, format, arguments);
	va_end(arguments);
}

void skip(const char *why)
{
	skipped = true;
	snprintf(reason, sizeof reason, "%s", why);
}

int in_child(int (*child)(void *), void *argument)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(child(argument));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		fail("a child could not be run (errno %d)", errno);
	return status;
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "a program starts clean", test_clean_start },
	{ "hostname, machine id and clock are set", test_identity },
	{ "the random generator reseeds at once", test_reseeding },
	{ "registers survive a system call", test_registers },
	{ "unknown and x32 call numbers are ENOSYS", test_unknown_calls },
	{ "int 0x80 and sysenter are refused", test_legacy_gates },
	{ "a jump into the kernel gains nothing", test_kernel_jump },
	{ "SA_RESTART restarts an interrupted read", test_restart },
	{ "without SA_RESTART it is EINTR", test_no_restart },
	{ "rt_sigreturn restores every register", test_sigreturn },
	{ "nanosleep goes on after stop and continue", test_restart_block },
	{ "ptrace stops at entry and exit of calls", test_ptrace_stops },
	{ "ptrace changes number, arguments, result", test_ptrace_changes },
	{ "PTRACE_SYSEMU suppresses the call", test_ptrace_emulation },
	{ "single steps pass through a call", test_single_step },
	{ "seccomp answers with an errno", test_seccomp_errno },
	{ "seccomp kills", test_seccomp_kill },
	{ "seccomp traps with SIGSYS", test_seccomp_trap },
	{ "vfork and exec", test_vfork_exec },
	{ "threads by clone, futex and TLS", test_clone_threads },
	{ "YMM registers survive switches", test_vectors_ymm },
	{ "ZMM and mask registers survive switches", test_vectors_zmm },
};

int main(int argc, char **argv)
{
	int failures = 0, skips = 0, count = 0;

	if (argc == 2 && strcmp(argv[1], "exec-target") == 0)
		return 42;
	for (unsigned i = 0; i < sizeof tests / sizeof *tests; i++) {
		if (argc > 1 && !strstr(tests[i].name, argv[1]))
			continue;
		failed = skipped = false;
		count++;
		tests[i].run();
		printf("%s %s%s%s\n", failed ? "FAIL" : skipped ? "skip" : "ok  ", tests[i].name,
		       failed || skipped ? ": " : "", failed || skipped ? reason : "");
		fflush(stdout);
		failures += failed;
		skips += !failed && skipped;
	}
	printf("%d tests, %d failed, %d skipped\n", count, failures, skips);
	return failures > 0 || count == 0;
}
