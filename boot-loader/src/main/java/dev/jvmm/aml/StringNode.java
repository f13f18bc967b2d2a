package dev.jvmm.aml;

/** A string constant. */
record StringNode(String text) implements AmlNode {
    private static final int STRING_PREFIX = 0x0D;

    @Override
    public void writeTo(AmlSink sink) {
        sink.u8(STRING_PREFIX);
        sink.ascii(text);
        sink.u8(0);
    }
}
