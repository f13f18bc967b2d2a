package dev.jvmm.aml;

/** Something that has an AML encoding. */
public interface AmlNode {
    /** Appends the encoding. */
    void writeTo(AmlSink sink);
}
