/*
 * Filters of system calls: OCI's list becomes a program of the classic BPF. Rules are asked in their order, the first that fits counts.
 * The processor's own calls only: what comes by another ABI is killed, or, for x32, answered with ENOSYS.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "container.h"
#include "syscalls.h"

enum { MOST_ARGUMENTS = 6, X32 = 0x40000000 };

struct listing {
	struct sock_filter *all;
	size_t count;
	bool full;
};

bool seccomp_there(void)
{
	const uint32_t action = SECCOMP_RET_KILL_PROCESS;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

static int number_of(const char *name)
{
	for (size_t i = 0; i < sizeof system_calls / sizeof *system_calls; i++)
		if (strcmp(system_calls[i].name, name) == 0)
			return system_calls[i].number;
	return -1;
}

static const struct {
	const char *name;
	uint32_t value;
} actions[] = {
	{ "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD }, { "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS }, { "SCMP_ACT_TRAP", SECCOMP_RET_TRAP },
	{ "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO }, { "SCMP_ACT_TRACE", SECCOMP_RET_TRACE }, { "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW },
	{ "SCMP_ACT_LOG", SECCOMP_RET_LOG },
};

/* Errors are EPERM where no other is named. */
static bool action_of(const char *name, bool has_error, uint32_t error, uint32_t *action)
{
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		if (strcmp(actions[i].name, name) == 0) {
			*action = actions[i].value;
			if (*action == SECCOMP_RET_ERRNO || *action == SECCOMP_RET_TRACE)
				*action |= has_error ? error & SECCOMP_RET_DATA : EPERM;
			return true;
		}
	return false;
}

static void emit(struct listing *program, uint16_t code, uint32_t k, size_t yes, size_t no)
{
	if (program->count == BPF_MAXINSNS || yes > UINT8_MAX || no > UINT8_MAX)
		program->full = true;
	else
		program->all[program->count++] = (struct sock_filter)BPF_JUMP(code, k, (uint8_t)yes, (uint8_t)no);
}

static void load(struct listing *program, size_t offset)
{
	emit(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

enum { LOW_FAILS = 254 };

/*
 * One comparison of 64 bits in halves of 32. Goes on behind itself where it holds, and where it does not, to the end of the rule:
 * the marks are replaced when that is known.
 */
static bool compare(struct listing *program, const grpc_LinuxSeccompArg *argument)
{
	const uint32_t high = (uint32_t)(argument->value >> 32), low = (uint32_t)argument->value;
	const size_t at = offsetof(struct seccomp_data, args) + argument->index * 8;
	const char *op = word(argument->op);
	const bool less = strcmp(op, "SCMP_CMP_LT") == 0 || strcmp(op, "SCMP_CMP_LE") == 0;
	const bool more = strcmp(op, "SCMP_CMP_GT") == 0 || strcmp(op, "SCMP_CMP_GE") == 0;

	load(program, at + 4);
	if (strcmp(op, "SCMP_CMP_EQ") == 0) {
		emit(program, BPF_JMP | BPF_JEQ | BPF_K, high, 0, LOW_FAILS);
		load(program, at);
		emit(program, BPF_JMP | BPF_JEQ | BPF_K, low, 0, LOW_FAILS);
	} else if (strcmp(op, "SCMP_CMP_NE") == 0) {
		emit(program, BPF_JMP | BPF_JEQ | BPF_K, high, 0, 2);
		load(program, at);
		emit(program, BPF_JMP | BPF_JEQ | BPF_K, low, LOW_FAILS, 0);
	} else if (strcmp(op, "SCMP_CMP_MASKED_EQ") == 0) {
		emit(program, BPF_ALU | BPF_AND | BPF_K, high, 0, 0);
		emit(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(argument->value_two >> 32), 0, LOW_FAILS);
		load(program, at);
		emit(program, BPF_ALU | BPF_AND | BPF_K, low, 0, 0);
		emit(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)argument->value_two, 0, LOW_FAILS);
	} else if (less) {
		emit(program, BPF_JMP | BPF_JGT | BPF_K, high, LOW_FAILS, 0);
		emit(program, BPF_JMP | BPF_JEQ | BPF_K, high, 0, 2);
		load(program, at);
		emit(program, BPF_JMP | (op[10] == 'E' ? BPF_JGT : BPF_JGE) | BPF_K, low, LOW_FAILS, 0);
	} else if (more) {
		emit(program, BPF_JMP | BPF_JGT | BPF_K, high, 3, 0);
		emit(program, BPF_JMP | BPF_JEQ | BPF_K, high, 0, LOW_FAILS);
		load(program, at);
		emit(program, BPF_JMP | (op[10] == 'E' ? BPF_JGE : BPF_JGT) | BPF_K, low, 0, LOW_FAILS);
	}
	return less || more || strcmp(op, "SCMP_CMP_EQ") == 0 || strcmp(op, "SCMP_CMP_NE") == 0 || strcmp(op, "SCMP_CMP_MASKED_EQ") == 0;
}

/* One call of a rule, with these of its arguments all compared. */
static bool add_call(struct listing *program, uint32_t number, const grpc_LinuxSeccompArg *arguments, size_t count, uint32_t action)
{
	const size_t start = program->count;
	size_t end;

	emit(program, BPF_JMP | BPF_JEQ | BPF_K, number, 0, LOW_FAILS);
	for (size_t i = 0; i < count; i++)
		if (arguments[i].index >= MOST_ARGUMENTS || !compare(program, &arguments[i]))
			return false;
	emit(program, BPF_RET | BPF_K, action, 0, 0);
	end = program->count;
	for (size_t i = start; i < end; i++) {
		struct sock_filter *one = &program->all[i];

		if (BPF_CLASS(one->code) != BPF_JMP)
			continue;
		if (one->jt == LOW_FAILS)
			one->jt = (uint8_t)(end - 1 - i);
		if (one->jf == LOW_FAILS)
			one->jf = (uint8_t)(end - 1 - i);
	}
	/* The next rule looks at the call's number again. */
	if (count)
		load(program, offsetof(struct seccomp_data, nr));
	return true;
}

/* Comparisons of different arguments all have to hold; of the same one, any, as runc has it. */
static bool one_is_twice(const grpc_LinuxSyscall *rule)
{
	for (pb_size_t i = 0; i < rule->args_count; i++)
		for (pb_size_t at = 0; at < i; at++)
			if (rule->args[i].index == rule->args[at].index)
				return true;
	return false;
}

static enum code add_rule(struct call *call, struct listing *program, const grpc_LinuxSyscall *rule, bool lenient)
{
	const bool apart = one_is_twice(rule);
	const size_t groups = apart ? rule->args_count : 1, each = apart ? 1 : rule->args_count;
	uint32_t action;

	if (!action_of(word(rule->action), rule->which_errno_ret == grpc_LinuxSyscall_errnoret_tag, rule->errno_ret.errnoret, &action))
		return fail(call, UNIMPLEMENTED, "seccomp: the action \"%.60s\" is not for this agent", word(rule->action));
	if (rule->args_count > 2 * MOST_ARGUMENTS)
		return fail(call, INVALID_ARGUMENT, "seccomp: a rule of %u comparisons", (unsigned)rule->args_count);
	for (pb_size_t i = 0; i < rule->names_count; i++) {
		const int number = number_of(word(rule->names[i]));

		/* Lists are made for all processors: what this one does not have needs no leave, but can not be forbidden. */
		if (number < 0 && lenient && action != SECCOMP_RET_ALLOW && action != SECCOMP_RET_LOG)
			return fail(call, UNIMPLEMENTED, "seccomp: the call \"%.60s\" is not known", word(rule->names[i]));
		for (size_t group = 0; number >= 0 && group < groups; group++)
			if (!add_call(program, (uint32_t)number, rule->args + group * each, each, action))
				return fail(call, INVALID_ARGUMENT, "seccomp: a comparison of \"%.60s\" makes no sense", rule->names[i]);
	}
	return OK;
}

static enum code take_flags(struct call *call, const grpc_LinuxSeccomp *rules, unsigned *flags)
{
	for (pb_size_t i = 0; i < rules->flags_count; i++)
		if (strcmp(rules->flags[i], "SECCOMP_FILTER_FLAG_LOG") == 0)
			*flags |= SECCOMP_FILTER_FLAG_LOG;
		else if (strcmp(rules->flags[i], "SECCOMP_FILTER_FLAG_SPEC_ALLOW") == 0)
			*flags |= SECCOMP_FILTER_FLAG_SPEC_ALLOW;
		else if (strcmp(rules->flags[i], "SECCOMP_FILTER_FLAG_TSYNC") != 0)
			return fail(call, UNIMPLEMENTED, "seccomp: the flag \"%.60s\" is not for this agent", rules->flags[i]);
	for (pb_size_t i = 0; i < rules->architectures_count; i++)
		if (strcmp(rules->architectures[i], "SCMP_ARCH_X86_64") == 0)
			return OK;
	return rules->architectures_count ? fail(call, INVALID_ARGUMENT, "seccomp: not for this processor") : OK;
}

static enum code compile(struct call *call, const grpc_LinuxSeccomp *rules, struct listing *program)
{
	enum code code = OK;
	uint32_t usual;
	bool lenient;

	if (!action_of(word(rules->default_action), false, 0, &usual))
		return fail(call, UNIMPLEMENTED, "seccomp: the action \"%.60s\" is not for this agent", word(rules->default_action));
	lenient = usual == SECCOMP_RET_ALLOW || usual == SECCOMP_RET_LOG;
	load(program, offsetof(struct seccomp_data, arch));
	emit(program, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
	emit(program, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	load(program, offsetof(struct seccomp_data, nr));
	/* Calls newer than this list do not exist for the container: its C library knows what to do without them. */
	emit(program, BPF_JMP | BPF_JGT | BPF_K, lenient ? X32 - 1 : LAST_SYSTEM_CALL, 0, 1);
	emit(program, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS, 0, 0);
	for (pb_size_t i = 0; code == OK && i < rules->syscalls_count; i++)
		code = add_rule(call, program, &rules->syscalls[i], lenient);
	emit(program, BPF_RET | BPF_K, usual, 0, 0);
	return code;
}

enum code seccomp_compile(struct call *call, const grpc_LinuxSeccomp *rules, struct sock_fprog *filter, unsigned *flags)
{
	struct listing program = { 0 };
	enum code code;

	if (!*word(rules->default_action) && !rules->syscalls_count)
		return OK;
	if (!seccomp_there())
		return fail(call, FAILED_PRECONDITION, "this kernel has no filters of system calls");
	program.all = calloc(BPF_MAXINSNS, sizeof *program.all);
	if (!program.all)
		return fail(call, RESOURCE_EXHAUSTED, "out of memory");
	code = take_flags(call, rules, flags);
	if (code == OK)
		code = compile(call, rules, &program);
	if (code == OK && program.full)
		code = fail(call, UNIMPLEMENTED, "seccomp: more rules than a filter of %d instructions holds", BPF_MAXINSNS);
	if (code != OK) {
		free(program.all);
		return code;
	}
	*filter = (struct sock_fprog){ .len = (unsigned short)program.count, .filter = program.all };
	return OK;
}
