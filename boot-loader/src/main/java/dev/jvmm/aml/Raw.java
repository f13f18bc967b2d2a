package dev.jvmm.aml;

/** Bytes that are part of another node. */
record Raw(byte... bytes) implements AmlNode {
    static final Raw NOTHING = new Raw();

    @Override
    public void writeTo(AmlSink sink) {
        sink.raw(bytes);
    }
}
