package dev.jvmm.kvm.abi;

/** {@code struct kvm_clock_data}: the VM's kvmclock. Offsets in bytes. */
public final class KvmClockData {
    public static final int CLOCK = 0;
    public static final int FLAGS = 8;
    public static final int REALTIME = 16;
    public static final int HOST_TSC = 24;
    public static final int SIZE = 48;

    private KvmClockData() {}
}
