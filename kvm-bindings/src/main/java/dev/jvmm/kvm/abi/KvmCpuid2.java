package dev.jvmm.kvm.abi;

/** {@code struct kvm_cpuid2}: header of a CPUID table. Offsets in bytes. */
public final class KvmCpuid2 {
    public static final int NENT = 0;
    public static final int ENTRIES = 8;
    public static final int SIZE = 8;

    private KvmCpuid2() {}
}
