package dev.jvmm.kvm;

import dev.jvmm.kvm.abi.KvmDtable;
import dev.jvmm.kvm.abi.KvmSegment;
import dev.jvmm.kvm.abi.KvmSregs;
import dev.jvmm.linux.NativeBuffers;
import java.nio.ByteBuffer;

/**
 * A copy of a vCPU's segment, control and system registers, filled by {@link KvmVcpu#load(SpecialRegisters)} and given back
 * by {@link KvmVcpu#store(SpecialRegisters)}. Not thread-safe.
 */
public final class SpecialRegisters {
    /** Segment registers with a hidden part. */
    public enum Segment {
        CS(KvmSregs.CS),
        DS(KvmSregs.DS),
        ES(KvmSregs.ES),
        FS(KvmSregs.FS),
        GS(KvmSregs.GS),
        SS(KvmSregs.SS),
        TR(KvmSregs.TR),
        LDT(KvmSregs.LDT);

        private final int offset;

        Segment(int offset) {
            this.offset = offset;
        }
    }

    private final ByteBuffer buffer = NativeBuffers.allocate(KvmSregs.SIZE);

    /** All zero until loaded. */
    public SpecialRegisters() {}

    /** The struct {@code kvm_sregs}. */
    public ByteBuffer buffer() {
        return buffer;
    }

    /**
     * Loads a segment register.
     *
     * @param limit in bytes, already scaled by the granularity
     * @param attributes as in a descriptor's bytes 5 and 6 (SDM volume 3, 3.4.5): type 0-3, S 4, DPL 5-6, P 7, AVL 12, L 13,
     *     D/B 14, G 15
     */
    public void setSegment(Segment segment, int selector, long base, int limit, int attributes) {
        int at = segment.offset;
        buffer.putLong(at + KvmSegment.BASE, base);
        buffer.putInt(at + KvmSegment.LIMIT, limit);
        buffer.putShort(at + KvmSegment.SELECTOR, (short) selector);
        buffer.put(at + KvmSegment.TYPE, (byte) (attributes & 0xF));
        buffer.put(at + KvmSegment.S, (byte) (attributes >> 4 & 1));
        buffer.put(at + KvmSegment.DPL, (byte) (attributes >> 5 & 3));
        buffer.put(at + KvmSegment.PRESENT, (byte) (attributes >> 7 & 1));
        buffer.put(at + KvmSegment.AVL, (byte) (attributes >> 12 & 1));
        buffer.put(at + KvmSegment.L, (byte) (attributes >> 13 & 1));
        buffer.put(at + KvmSegment.DB, (byte) (attributes >> 14 & 1));
        buffer.put(at + KvmSegment.G, (byte) (attributes >> 15 & 1));
        buffer.put(at + KvmSegment.UNUSABLE, (byte) (attributes >> 7 & 1 ^ 1));
    }

    public long segmentBase(Segment segment) {
        return buffer.getLong(segment.offset + KvmSegment.BASE);
    }

    /** The last byte's offset, an unsigned 32-bit number, granularity applied. */
    public long segmentLimit(Segment segment) {
        return Integer.toUnsignedLong(buffer.getInt(segment.offset + KvmSegment.LIMIT));
    }

    public int selector(Segment segment) {
        return Short.toUnsignedInt(buffer.getShort(segment.offset + KvmSegment.SELECTOR));
    }

    /** The descriptor privilege level, 0 to 3; SS's is the current privilege level. */
    public int dpl(Segment segment) {
        return buffer.get(segment.offset + KvmSegment.DPL);
    }

    /** The L bit: 64-bit code. */
    public boolean isLong(Segment segment) {
        return buffer.get(segment.offset + KvmSegment.L) != 0;
    }

    /** The D/B bit: 32-bit default size. */
    public boolean isBig(Segment segment) {
        return buffer.get(segment.offset + KvmSegment.DB) != 0;
    }

    public void setGdt(long base, int limit) {
        setTable(KvmSregs.GDT, base, limit);
    }

    public void setIdt(long base, int limit) {
        setTable(KvmSregs.IDT, base, limit);
    }

    public long gdtBase() {
        return buffer.getLong(KvmSregs.GDT + KvmDtable.BASE);
    }

    /** The last byte's offset. */
    public int gdtLimit() {
        return Short.toUnsignedInt(buffer.getShort(KvmSregs.GDT + KvmDtable.LIMIT));
    }

    private void setTable(int at, long base, int limit) {
        buffer.putLong(at + KvmDtable.BASE, base);
        buffer.putShort(at + KvmDtable.LIMIT, (short) limit);
    }

    public long cr0() {
        return buffer.getLong(KvmSregs.CR0);
    }

    public void setCr0(long value) {
        buffer.putLong(KvmSregs.CR0, value);
    }

    public long cr2() {
        return buffer.getLong(KvmSregs.CR2);
    }

    public void setCr2(long value) {
        buffer.putLong(KvmSregs.CR2, value);
    }

    public long cr3() {
        return buffer.getLong(KvmSregs.CR3);
    }

    public void setCr3(long value) {
        buffer.putLong(KvmSregs.CR3, value);
    }

    public long cr4() {
        return buffer.getLong(KvmSregs.CR4);
    }

    public void setCr4(long value) {
        buffer.putLong(KvmSregs.CR4, value);
    }

    public long efer() {
        return buffer.getLong(KvmSregs.EFER);
    }

    public void setEfer(long value) {
        buffer.putLong(KvmSregs.EFER, value);
    }
}
