package dev.jvmm.boot;

/**
 * A segment register with its hidden part, as {@code struct kvm_segment} wants it.
 *
 * @param base in bytes
 * @param limit the last valid offset in bytes, unsigned 32-bit
 * @param selector what the visible part holds
 * @param type the descriptor's 4-bit type
 * @param present whether it may be used
 * @param dpl privilege level, 0 to 3
 * @param db 32-bit default size
 * @param s code or data (not a system segment)
 * @param l 64-bit code
 * @param g the limit counts pages
 * @see "Intel SDM volume 3, section 3.4.5"
 */
public record Segment(
        long base,
        long limit,
        int selector,
        int type,
        boolean present,
        int dpl,
        boolean db,
        boolean s,
        boolean l,
        boolean g) {
    private static final int READ_WRITE_ACCESSED = 0x3;
    private static final int EXECUTE_READ_ACCESSED = 0xB;
    private static final int BUSY_TASK = 0xB;
    private static final long FLAT = 0xFFFF_FFFFL;

    static Segment code64(int selector) {
        return new Segment(0, FLAT, selector, EXECUTE_READ_ACCESSED, true, 0, false, true, true, true);
    }

    static Segment code32(int selector) {
        return new Segment(0, FLAT, selector, EXECUTE_READ_ACCESSED, true, 0, true, true, false, true);
    }

    static Segment data(int selector) {
        return new Segment(0, FLAT, selector, READ_WRITE_ACCESSED, true, 0, true, true, false, true);
    }

    /** A busy task state segment, without which hardware refuses to enter a guest; never loaded from a descriptor table. */
    static Segment task() {
        return new Segment(0, 0x67, 0, BUSY_TASK, true, 0, false, false, false, false);
    }

    /** The 8-byte descriptor from which the CPU would load the hidden part. */
    public long descriptor() {
        long counted = g ? limit >>> 12 : limit;
        return counted & 0xFFFF
                | (base & 0xFF_FFFF) << 16
                | (long) type << 40
                | bit(s, 44)
                | (long) dpl << 45
                | bit(present, 47)
                | (counted >>> 16 & 0xF) << 48
                | bit(l, 53)
                | bit(db, 54)
                | bit(g, 55)
                | (base >>> 24 & 0xFF) << 56;
    }

    private static long bit(boolean value, int at) {
        return value ? 1L << at : 0;
    }
}
