package dev.jvmm.kvm.abi;

/** {@code struct kvm_cpuid_entry2}: one leaf. Offsets in bytes. */
public final class KvmCpuidEntry2 {
    public static final int FUNCTION = 0;
    public static final int INDEX = 4;
    public static final int FLAGS = 8;
    public static final int EAX = 12;
    public static final int EBX = 16;
    public static final int ECX = 20;
    public static final int EDX = 24;
    public static final int SIZE = 40;

    private KvmCpuidEntry2() {}
}
