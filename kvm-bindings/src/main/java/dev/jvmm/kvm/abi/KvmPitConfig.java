package dev.jvmm.kvm.abi;

/** {@code struct kvm_pit_config}: flags for the in-kernel PIT. Offsets in bytes. */
public final class KvmPitConfig {
    public static final int FLAGS = 0;
    public static final int SIZE = 64;

    private KvmPitConfig() {}
}
