package dev.jvmm.aml;

/**
 * What ASL can say, as far as this project says it. Each method is named after the ASL keyword and makes the bytes that
 * {@code iasl} makes for it. Nodes are immutable.
 *
 * @see "ACPI 6.5 chapters 19 (ASL) and 20 (AML)"
 */
public final class Aml {
    /** How wide a field's accesses are, in the order of their encoding. */
    public enum Access {
        ANY, BYTE, WORD, DWORD, QWORD, BUFFER
    }

    /** What becomes of bits beside those written, in the order of their encoding. */
    public enum Update {
        PRESERVE, WRITE_AS_ONES, WRITE_AS_ZEROS
    }

    /** Address spaces of operation regions, in the order of their encoding. */
    public enum Space {
        SYSTEM_MEMORY, SYSTEM_IO
    }

    private static final PathNode NO_TARGET = new PathNode("");

    private Aml() {}

    /** The encoding of a node. */
    public static byte[] encode(AmlNode node) {
        AmlSink sink = new AmlSink();
        node.writeTo(sink);
        return sink.toByteArray();
    }

    public static AmlNode integer(long value) {
        return new IntegerNode(value);
    }

    public static AmlNode string(String text) {
        return new StringNode(text);
    }

    /** {@code EisaId("PNP0501")}: three letters and four hexadecimal digits, packed into 32 bits. */
    public static AmlNode eisaId(String id) {
        return new IntegerNode(EisaId.encode(id));
    }

    /** A reference to a named object. */
    public static AmlNode path(String path) {
        return new PathNode(path);
    }

    /** {@code Name (name, value)}. */
    public static AmlNode name(String name, AmlNode value) {
        return new Term(0x08, new PathNode(name), value);
    }

    public static AmlNode name(String name, long value) {
        return name(name, integer(value));
    }

    public static AmlNode name(String name, String value) {
        return name(name, string(value));
    }

    /** {@code Package () {...}} of at most 255 elements. */
    public static AmlNode packageOf(AmlNode... elements) {
        if (elements.length > 0xFF) {
            throw new IllegalArgumentException("AML package of " + elements.length + " elements");
        }
        return new Block(0x12, new Raw((byte) elements.length), elements);
    }

    /** {@code Buffer () {...}}. */
    public static AmlNode buffer(byte... bytes) {
        return new Block(0x11, integer(bytes.length), new Raw(bytes));
    }

    /** {@code ResourceTemplate () {...}}; see {@link Resources}. */
    public static AmlNode resources(AmlNode... resources) {
        return Resources.template(resources);
    }

    public static AmlNode scope(String path, AmlNode... body) {
        return new Block(0x10, new PathNode(path), body);
    }

    public static AmlNode device(String name, AmlNode... body) {
        return new Block(0x5B82, new PathNode(name), body);
    }

    /** {@code Method (name, arguments, NotSerialized)}. */
    public static AmlNode method(String name, int arguments, AmlNode... body) {
        return new Block(0x14, new MethodHead(name, arguments, false), body);
    }

    /** {@code Method (name, arguments, Serialized)}. */
    public static AmlNode serializedMethod(String name, int arguments, AmlNode... body) {
        return new Block(0x14, new MethodHead(name, arguments, true), body);
    }

    public static AmlNode operationRegion(String name, Space space, long offset, long length) {
        return new Term(0x5B80, new PathNode(name), new Raw((byte) space.ordinal()), integer(offset), integer(length));
    }

    /** {@code Field (region, access, NoLock, update) {...}}. */
    public static AmlNode field(String region, Access access, Update update, FieldElement... elements) {
        return new Block(0x5B81, new FieldHead(region, access, false, update), elements);
    }

    /** Bits of a field list. */
    public static FieldElement bits(String name, int bits) {
        return new FieldElement(name, bits);
    }

    /** Bits of a field list that are skipped. */
    public static FieldElement skip(int bits) {
        return new FieldElement("", bits);
    }

    public static AmlNode mutex(String name) {
        return new Term(0x5B01, new PathNode(name), new Raw((byte) 0));
    }

    /** {@code Acquire (mutex, 0xFFFF)}: waits for ever. */
    public static AmlNode acquire(String mutex) {
        return new Term(0x5B23, new PathNode(mutex), new Raw((byte) 0xFF, (byte) 0xFF));
    }

    public static AmlNode release(String mutex) {
        return new Term(0x5B27, new PathNode(mutex));
    }

    public static AmlNode local(int index) {
        return new Term(0x60 + index(index, 8));
    }

    public static AmlNode arg(int index) {
        return new Term(0x68 + index(index, 7));
    }

    private static int index(int index, int bound) {
        if (index < 0 || index >= bound) {
            throw new IllegalArgumentException("AML local or argument " + index);
        }
        return index;
    }

    /** {@code Store (value, target)}. */
    public static AmlNode store(AmlNode value, AmlNode target) {
        return new Term(0x70, value, target);
    }

    public static AmlNode notifies(String device, AmlNode value) {
        return new Term(0x86, new PathNode(device), value);
    }

    public static AmlNode notifies(String device, long value) {
        return notifies(device, integer(value));
    }

    public static AmlNode returns(AmlNode value) {
        return new Term(0xA4, value);
    }

    /** Calls a method; it must be declared in front of this, with that many arguments, or the bytes cannot be read back. */
    public static AmlNode call(String method, AmlNode... arguments) {
        return new Call(method, arguments);
    }

    public static AmlNode when(AmlNode predicate, AmlNode... body) {
        return new Block(0xA0, predicate, body);
    }

    /** What follows a {@link #when} that did not hold. */
    public static AmlNode otherwise(AmlNode... body) {
        return new Block(0xA1, Raw.NOTHING, body);
    }

    public static AmlNode whilst(AmlNode predicate, AmlNode... body) {
        return new Block(0xA2, predicate, body);
    }

    public static AmlNode leaveLoop() {
        return new Term(0xA5);
    }

    public static AmlNode add(AmlNode a, AmlNode b) {
        return new Term(0x72, a, b, NO_TARGET);
    }

    public static AmlNode subtract(AmlNode a, AmlNode b) {
        return new Term(0x74, a, b, NO_TARGET);
    }

    public static AmlNode increment(AmlNode target) {
        return new Term(0x75, target);
    }

    public static AmlNode shiftLeft(AmlNode value, AmlNode count) {
        return new Term(0x79, value, count, NO_TARGET);
    }

    public static AmlNode shiftRight(AmlNode value, AmlNode count) {
        return new Term(0x7A, value, count, NO_TARGET);
    }

    public static AmlNode and(AmlNode a, AmlNode b) {
        return new Term(0x7B, a, b, NO_TARGET);
    }

    public static AmlNode or(AmlNode a, AmlNode b) {
        return new Term(0x7D, a, b, NO_TARGET);
    }

    /** {@code Concatenate (a, b)}: of two integers, a buffer of 16 bytes. */
    public static AmlNode concatenate(AmlNode a, AmlNode b) {
        return new Term(0x73, a, b, NO_TARGET);
    }

    /** {@code Mid (source, index, length)}. */
    public static AmlNode mid(AmlNode source, AmlNode index, AmlNode length) {
        return new Term(0x9E, source, index, length, NO_TARGET);
    }

    public static AmlNode toInteger(AmlNode value) {
        return new Term(0x99, value, NO_TARGET);
    }

    public static AmlNode sizeOf(AmlNode object) {
        return new Term(0x87, object);
    }

    /** {@code Index (object, index)}: a reference to an element. */
    public static AmlNode element(AmlNode object, AmlNode index) {
        return new Term(0x88, object, index, NO_TARGET);
    }

    public static AmlNode derefOf(AmlNode reference) {
        return new Term(0x83, reference);
    }

    public static AmlNode equal(AmlNode a, AmlNode b) {
        return new Term(0x93, a, b);
    }

    public static AmlNode greater(AmlNode a, AmlNode b) {
        return new Term(0x94, a, b);
    }

    public static AmlNode less(AmlNode a, AmlNode b) {
        return new Term(0x95, a, b);
    }

    public static AmlNode not(AmlNode value) {
        return new Term(0x92, value);
    }
}
