package dev.jvmm.boot;

/**
 * How a kernel is entered.
 *
 * <p>An ELF file can offer two ways at once: a 64-bit vmlinux with {@code CONFIG_PVH} carries the PVH note as well. Then
 * {@link #AUTO} takes the 64-bit Linux entry, for three reasons: it is where every 64-bit bzImage is entered too, so both
 * formats of one kernel behave alike; it skips the 32-bit prologue, the second set of page tables and the translation of
 * {@code hvm_start_info} into {@code boot_params} that PVH puts in front of the very same {@code startup_64}; and on hosts
 * whose KVM only emulates kernel-mode code each skipped instruction counts. A 64-bit ELF file that is not Linux and speaks
 * PVH only (unikernels, other systems) is started with {@link #PVH}.
 */
public enum BootProtocol {
    /** bzImage and 64-bit ELF: {@link #LINUX64}. 32-bit ELF: {@link #PVH}. */
    AUTO,

    /** 64-bit long mode, identity-mapped, RSI holds the address of boot_params. Documentation/arch/x86/boot.rst. */
    LINUX64,

    /** 32-bit protected mode without paging, EBX holds the address of hvm_start_info. xen/include/public/arch-x86/hvm/start_info.h. */
    PVH
}
