package dev.jvmm.kvm.abi;

/** {@code struct kvm_userspace_memory_region}: where a slot of guest RAM lies in both address spaces. Offsets in bytes. */
public final class KvmUserspaceMemoryRegion {
    public static final int SLOT = 0;
    public static final int FLAGS = 4;
    public static final int GUEST_PHYS_ADDR = 8;
    public static final int MEMORY_SIZE = 16;
    public static final int USERSPACE_ADDR = 24;
    public static final int SIZE = 32;

    private KvmUserspaceMemoryRegion() {}
}
