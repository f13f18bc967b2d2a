package dev.jvmm.aml;

/** An integer constant in its shortest encoding, as iasl chooses it. */
record IntegerNode(long value) implements AmlNode {
    private static final int BYTE_PREFIX = 0x0A;
    private static final int WORD_PREFIX = 0x0B;
    private static final int DWORD_PREFIX = 0x0C;
    private static final int QWORD_PREFIX = 0x0E;
    private static final int ONES = 0xFF;

    @Override
    public void writeTo(AmlSink sink) {
        if (value == 0 || value == 1) {
            sink.u8((int) value);
        } else if (value == -1) {
            sink.u8(ONES);
        } else if (value >>> 8 == 0) {
            sink.u8(BYTE_PREFIX);
            sink.u8((int) value);
        } else if (value >>> 16 == 0) {
            sink.u8(WORD_PREFIX);
            sink.u16((int) value);
        } else if (value >>> 32 == 0) {
            sink.u8(DWORD_PREFIX);
            sink.u32(value);
        } else {
            sink.u8(QWORD_PREFIX);
            sink.u64(value);
        }
    }
}
