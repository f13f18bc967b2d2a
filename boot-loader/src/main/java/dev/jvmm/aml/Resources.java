package dev.jvmm.aml;

/**
 * Resource descriptors.
 *
 * @see "ACPI 6.5 section 6.4, resource data types for ACPI"
 */
public final class Resources {
    private static final int IRQ = 0x23;
    private static final int IO = 0x47;
    private static final int END_TAG = 0x79;
    private static final int MEMORY32_FIXED = 0x86;
    private static final int DWORD_ADDRESS = 0x87;
    private static final int EXTENDED_INTERRUPT = 0x89;
    private static final int QWORD_ADDRESS = 0x8A;

    private static final int DECODE_16 = 1;
    private static final int CONSUMER = 1;
    private static final int EDGE = 2;
    private static final int SHARED = 8;
    private static final int READ_WRITE = 1;
    private static final int MIN_FIXED_MAX_FIXED = 0xC;
    private static final int CACHEABLE_READ_WRITE = 3;
    private static final int NON_CACHEABLE_READ_WRITE = 1;

    private Resources() {}

    static AmlNode template(AmlNode... resources) {
        AmlSink sink = new AmlSink();
        for (AmlNode resource : resources) {
            resource.writeTo(sink);
        }
        sink.u8(END_TAG);
        sink.u8(0);
        return Aml.buffer(sink.toByteArray());
    }

    private static AmlNode raw(AmlSink sink) {
        return new Raw(sink.toByteArray());
    }

    /** {@code IO (Decode16, first, first, 1, count)}. */
    public static AmlNode io(int first, int count) {
        AmlSink sink = new AmlSink();
        sink.u8(IO);
        sink.u8(DECODE_16);
        sink.u16(first);
        sink.u16(first);
        sink.u8(1);
        sink.u8(count);
        return raw(sink);
    }

    /** {@code IRQ (Edge, ActiveHigh, Exclusive) {irq}}, 0 to 15. */
    public static AmlNode irq(int irq) {
        AmlSink sink = new AmlSink();
        sink.u8(IRQ);
        sink.u16(1 << irq);
        sink.u8(1);
        return raw(sink);
    }

    /** {@code Interrupt (ResourceConsumer, Edge, ActiveHigh, Exclusive) {gsi}}. */
    public static AmlNode interrupt(int gsi) {
        return interrupt(gsi, CONSUMER | EDGE);
    }

    /** {@code Interrupt (ResourceConsumer, Edge, ActiveHigh, Shared) {gsi}}. */
    public static AmlNode sharedInterrupt(int gsi) {
        return interrupt(gsi, CONSUMER | EDGE | SHARED);
    }

    private static AmlNode interrupt(int gsi, int flags) {
        AmlSink sink = new AmlSink();
        sink.u8(EXTENDED_INTERRUPT);
        sink.u16(6);
        sink.u8(flags);
        sink.u8(1);
        sink.u32(gsi);
        return raw(sink);
    }

    /** {@code Memory32Fixed (ReadWrite, address, size)}. */
    public static AmlNode memory32Fixed(long address, long size) {
        if (address >>> 32 != 0 || size >>> 32 != 0) {
            throw new IllegalArgumentException(
                    "Memory32Fixed at 0x" + Long.toHexString(address) + " does not fit in 32 bits");
        }
        AmlSink sink = new AmlSink();
        sink.u8(MEMORY32_FIXED);
        sink.u16(9);
        sink.u8(READ_WRITE);
        sink.u32(address);
        sink.u32(size);
        return raw(sink);
    }

    /** {@code DWordMemory (ResourceConsumer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite, 0, address, end - 1, 0, size)}. */
    public static AmlNode dwordMemory(long address, long size) {
        AmlSink sink = new AmlSink();
        sink.u8(DWORD_ADDRESS);
        sink.u16(0x17);
        sink.u8(0);
        sink.u8(MIN_FIXED_MAX_FIXED | CONSUMER);
        sink.u8(NON_CACHEABLE_READ_WRITE);
        sink.u32(0);
        sink.u32(address);
        sink.u32(address + size - 1);
        sink.u32(0);
        sink.u32(size);
        return raw(sink);
    }

    /** {@code QWordMemory (ResourceConsumer, PosDecode, MinFixed, MaxFixed, Cacheable, ReadWrite, 0, address, end - 1, 0, size)}: RAM. */
    public static AmlNode qwordMemory(long address, long size) {
        AmlSink sink = new AmlSink();
        sink.u8(QWORD_ADDRESS);
        sink.u16(0x2B);
        sink.u8(0);
        sink.u8(MIN_FIXED_MAX_FIXED | CONSUMER);
        sink.u8(CACHEABLE_READ_WRITE);
        sink.u64(0);
        sink.u64(address);
        sink.u64(address + size - 1);
        sink.u64(0);
        sink.u64(size);
        return raw(sink);
    }
}
