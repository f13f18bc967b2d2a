package dev.jvmm.kvm;

import dev.jvmm.kvm.abi.KvmRegs;
import dev.jvmm.linux.NativeBuffers;
import java.nio.ByteBuffer;

/**
 * A copy of a vCPU's general registers, filled by {@link KvmVcpu#load(Registers)} and given back by
 * {@link KvmVcpu#store(Registers)}. Not thread-safe.
 */
public final class Registers {
    public static final int RAX = 0;
    public static final int RCX = 1;
    public static final int RDX = 2;
    public static final int RBX = 3;
    public static final int RSP = 4;
    public static final int RBP = 5;
    public static final int RSI = 6;
    public static final int RDI = 7;

    /** By the processor's own numbering; KVM's struct has another order. */
    private static final int[] OFFSETS = {
        KvmRegs.RAX, KvmRegs.RCX, KvmRegs.RDX, KvmRegs.RBX, KvmRegs.RSP, KvmRegs.RBP, KvmRegs.RSI, KvmRegs.RDI,
        KvmRegs.R8, KvmRegs.R9, KvmRegs.R10, KvmRegs.R11, KvmRegs.R12, KvmRegs.R13, KvmRegs.R14, KvmRegs.R15
    };

    private final ByteBuffer buffer = NativeBuffers.allocate(KvmRegs.SIZE);

    /** All zero until loaded. */
    public Registers() {}

    /** The struct {@code kvm_regs}. */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** A general register by the processor's numbering, 0 (RAX) to 15 (R15). */
    public long gpr(int number) {
        return buffer.getLong(OFFSETS[number]);
    }

    /** Sets a general register by the processor's numbering. */
    public void setGpr(int number, long value) {
        buffer.putLong(OFFSETS[number], value);
    }

    public long rip() {
        return buffer.getLong(KvmRegs.RIP);
    }

    public void setRip(long value) {
        buffer.putLong(KvmRegs.RIP, value);
    }

    public long rflags() {
        return buffer.getLong(KvmRegs.RFLAGS);
    }

    public void setRflags(long value) {
        buffer.putLong(KvmRegs.RFLAGS, value);
    }
}
