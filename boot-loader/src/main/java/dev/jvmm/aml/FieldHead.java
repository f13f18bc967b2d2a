package dev.jvmm.aml;

/** What stands in front of a field list. */
record FieldHead(String region, Aml.Access access, boolean lock, Aml.Update update) implements AmlNode {
    @Override
    public void writeTo(AmlSink sink) {
        sink.path(region);
        sink.u8(access.ordinal() | (lock ? 1 << 4 : 0) | update.ordinal() << 5);
    }
}
