package dev.jvmm.kvm.abi;

/** {@code struct kvm_regs}: general registers. Offsets in bytes. */
public final class KvmRegs {
    public static final int RAX = 0;
    public static final int RBX = 8;
    public static final int RCX = 16;
    public static final int RDX = 24;
    public static final int RSI = 32;
    public static final int RDI = 40;
    public static final int RSP = 48;
    public static final int RBP = 56;
    public static final int R8 = 64;
    public static final int R9 = 72;
    public static final int R10 = 80;
    public static final int R11 = 88;
    public static final int R12 = 96;
    public static final int R13 = 104;
    public static final int R14 = 112;
    public static final int R15 = 120;
    public static final int RIP = 128;
    public static final int RFLAGS = 136;
    public static final int SIZE = 144;

    private KvmRegs() {}
}
