package dev.jvmm.aml;

/** What stands in front of a method's body. */
record MethodHead(String name, int arguments, boolean serialized) implements AmlNode {
    private static final int SERIALIZED = 8;

    MethodHead {
        if (arguments < 0 || arguments > 7) {
            throw new IllegalArgumentException("AML method with " + arguments + " arguments");
        }
    }

    @Override
    public void writeTo(AmlSink sink) {
        sink.path(name);
        sink.u8(arguments | (serialized ? SERIALIZED : 0));
    }
}
