package dev.jvmm.aml;

/** A method's name followed by its arguments. */
record Call(String method, AmlNode... arguments) implements AmlNode {
    @Override
    public void writeTo(AmlSink sink) {
        sink.path(method);
        for (AmlNode argument : arguments) {
            argument.writeTo(sink);
        }
    }
}
