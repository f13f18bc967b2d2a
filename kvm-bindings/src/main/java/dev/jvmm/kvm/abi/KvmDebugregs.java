package dev.jvmm.kvm.abi;

/** {@code struct kvm_debugregs}: debug registers. Offsets in bytes. */
public final class KvmDebugregs {
    public static final int DB = 0;
    public static final int DR6 = 32;
    public static final int DR7 = 40;
    public static final int FLAGS = 48;
    public static final int SIZE = 128;

    private KvmDebugregs() {}
}
