package dev.jvmm.aml;

/** An opcode, the length of what follows, a head and a body. */
record Block(int opcode, AmlNode head, AmlNode... body) implements AmlNode {
    @Override
    public void writeTo(AmlSink sink) {
        sink.opcode(opcode);
        int start = sink.beginPackage();
        head.writeTo(sink);
        for (AmlNode node : body) {
            node.writeTo(sink);
        }
        sink.endPackage(start);
    }
}
