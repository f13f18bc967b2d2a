package dev.jvmm.kvm.abi;

/** {@code struct kvm_msr_entry}: one MSR. Offsets in bytes. */
public final class KvmMsrEntry {
    public static final int INDEX = 0;
    public static final int DATA = 8;
    public static final int SIZE = 16;

    private KvmMsrEntry() {}
}
