package dev.jvmm.machine;

/** How a kernel is entered. */
public enum BootProtocol {
    /** What the kernel file offers; the 64-bit entry where it offers both. */
    AUTO,
    /** Linux's 64-bit entry with a {@code boot_params} page, for bzImage and ELF kernels. */
    LINUX64,
    /** The 32-bit PVH entry that the ELF note {@code XEN_ELFNOTE_PHYS32_ENTRY} names. */
    PVH
}
