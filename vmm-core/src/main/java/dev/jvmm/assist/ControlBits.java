package dev.jvmm.assist;

/** Bits of control registers and flags (SDM 3A 2.3 and 2.5, asm/processor-flags.h). */
final class ControlBits {
    static final long CR0_PE = 1;
    static final long CR0_MP = 1 << 1;
    static final long CR0_EM = 1 << 2;
    static final long CR0_TS = 1 << 3;
    static final long CR0_NE = 1 << 5;
    static final long CR0_WP = 1 << 16;
    static final long CR0_PG = 1L << 31;

    static final long CR4_TSD = 1 << 2;
    static final long CR4_PSE = 1 << 4;
    static final long CR4_PAE = 1 << 5;
    static final long CR4_OSFXSR = 1 << 9;
    static final long CR4_LA57 = 1 << 12;
    static final long CR4_OSXSAVE = 1 << 18;
    static final long CR4_SMEP = 1 << 20;
    static final long CR4_SMAP = 1 << 21;

    static final long EFER_LMA = 1 << 10;
    static final long EFER_NXE = 1 << 11;
    static final long EFER_FFXSR = 1 << 14;

    static final long FLAG_CF = 1;
    static final long FLAG_PF = 1 << 2;
    static final long FLAG_AF = 1 << 4;
    static final long FLAG_ZF = 1 << 6;
    static final long FLAG_SF = 1 << 7;
    static final long FLAG_TF = 1 << 8;
    static final long FLAG_IF = 1 << 9;
    static final long FLAG_OF = 1 << 11;
    static final long FLAG_RF = 1 << 16;
    static final long FLAG_VM = 1 << 17;
    static final long FLAG_AC = 1 << 18;
    static final long ARITHMETIC_FLAGS = FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF;

    private ControlBits() {}
}
