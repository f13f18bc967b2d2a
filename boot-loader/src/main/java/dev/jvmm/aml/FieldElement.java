package dev.jvmm.aml;

/**
 * Some bits of a field list.
 *
 * @param name their name, or "" for bits to skip
 * @param bits how many
 */
public record FieldElement(String name, int bits) implements AmlNode {
    @Override
    public void writeTo(AmlSink sink) {
        if (name.isEmpty()) {
            sink.u8(0);
        } else {
            sink.segment(name);
        }
        sink.fieldWidth(bits);
    }
}
