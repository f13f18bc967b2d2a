package dev.jvmm.kvm.abi;

/** {@code struct kvm_msrs}: header of a list of MSRs with values. Offsets in bytes. */
public final class KvmMsrs {
    public static final int NMSRS = 0;
    public static final int ENTRIES = 8;
    public static final int SIZE = 8;

    private KvmMsrs() {}
}
