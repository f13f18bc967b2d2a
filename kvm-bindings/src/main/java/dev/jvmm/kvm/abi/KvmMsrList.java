package dev.jvmm.kvm.abi;

/** {@code struct kvm_msr_list}: header of a list of MSR numbers. Offsets in bytes. */
public final class KvmMsrList {
    public static final int NMSRS = 0;
    public static final int INDICES = 4;
    public static final int SIZE = 4;

    private KvmMsrList() {}
}
