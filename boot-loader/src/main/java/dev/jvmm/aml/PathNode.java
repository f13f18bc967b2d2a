package dev.jvmm.aml;

/** A name, as a reference or where a name is declared. */
record PathNode(String name) implements AmlNode {
    @Override
    public void writeTo(AmlSink sink) {
        sink.path(name);
    }
}
