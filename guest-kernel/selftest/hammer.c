/* The wide registers, written in assembly so that the compiler can not lend a hand. */
#include <cpuid.h>
#include <stdbool.h>
#include <sys/syscall.h>

#include "hammer.h"

long hammer_ymm(const uint64_t value[8], long spin)
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

long hammer_zmm(const uint64_t value[8], long spin)
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

bool has_ymm(void)
{
	return processor_has(bit_AVX | bit_OSXSAVE, bit_AVX2);
}

bool has_zmm(void)
{
	return processor_has(bit_AVX | bit_OSXSAVE, bit_AVX512F);
}
