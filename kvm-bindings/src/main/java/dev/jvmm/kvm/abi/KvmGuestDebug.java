package dev.jvmm.kvm.abi;

/** {@code struct kvm_guest_debug}: single step and breakpoints. Offsets in bytes. */
public final class KvmGuestDebug {
    public static final int CONTROL = 0;
    public static final int ARCH_DEBUGREG = 8;
    public static final int SIZE = 72;

    private KvmGuestDebug() {}
}
