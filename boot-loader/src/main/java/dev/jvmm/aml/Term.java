package dev.jvmm.aml;

/** An opcode followed by its operands. */
record Term(int opcode, AmlNode... operands) implements AmlNode {
    @Override
    public void writeTo(AmlSink sink) {
        sink.opcode(opcode);
        for (AmlNode operand : operands) {
            operand.writeTo(sink);
        }
    }
}
