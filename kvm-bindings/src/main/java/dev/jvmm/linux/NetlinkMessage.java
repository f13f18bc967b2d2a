package dev.jvmm.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A request to the kernel in the making: a header, a struct that its type asks for, and attributes, which may hold others. Its size is
 * bounded; nobody outside this process decides on it.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/netlink.7.html">netlink(7)</a>
 */
public final class NetlinkMessage {
    static final int NLMSG_HDRLEN = 16;
    static final int LENGTH = 0;
    static final int TYPE = 4;
    static final int FLAGS = 6;
    static final int SEQUENCE = 8;
    static final int ATTRIBUTE_HEADER = 4;
    private static final int MOST = 4096;

    private final ByteBuffer bytes = NativeBuffers.allocate(MOST);
    private final String name;

    /**
     * @param name for messages about errors, such as "new link"
     * @param type {@code RTM_*}
     * @param flags {@code NLM_F_*}; the one for requests is added
     */
    public NetlinkMessage(String name, int type, int flags) {
        this.name = name;
        bytes.putShort(TYPE, (short) type);
        bytes.putShort(FLAGS, (short) (flags | NetlinkSocket.NLM_F_REQUEST));
        bytes.position(NLMSG_HDRLEN);
    }

    /** Adds 8 bits of the struct behind the header. */
    public NetlinkMessage int8(int value) {
        bytes.put((byte) value);
        return this;
    }

    /** Adds 16 bits. */
    public NetlinkMessage int16(int value) {
        bytes.putShort((short) value);
        return this;
    }

    /** Adds 32 bits. */
    public NetlinkMessage int32(int value) {
        bytes.putInt(value);
        return this;
    }

    /** Adds an attribute of 32 bits. */
    public NetlinkMessage attribute(int type, int value) {
        int start = begin(type);
        bytes.putInt(value);
        return end(start);
    }

    /** Adds an attribute with a text and a NUL. */
    public NetlinkMessage attribute(int type, String text) {
        int start = begin(type);
        bytes.put(text.getBytes(StandardCharsets.UTF_8)).put((byte) 0);
        return end(start);
    }

    /** Adds an attribute with these bytes. */
    public NetlinkMessage attribute(int type, byte[] value) {
        int start = begin(type);
        bytes.put(value);
        return end(start);
    }

    /** Begins an attribute that holds what is added until its {@link #end}. */
    public int begin(int type) {
        int start = bytes.position();
        bytes.putShort((short) 0);
        bytes.putShort((short) type);
        return start;
    }

    /** Ends what {@link #begin} began and returned. */
    public NetlinkMessage end(int start) {
        bytes.putShort(start, (short) (bytes.position() - start));
        while (bytes.position() % 4 != 0) {
            bytes.put((byte) 0);
        }
        return this;
    }

    String name() {
        return name;
    }

    /** Fills in what is missing; the buffer is ready to be written. */
    ByteBuffer finish(int sequence, int moreFlags) {
        bytes.putInt(LENGTH, bytes.position());
        bytes.putShort(FLAGS, (short) (bytes.getShort(FLAGS) | moreFlags));
        bytes.putInt(SEQUENCE, sequence);
        return bytes.duplicate().order(bytes.order()).flip();
    }
}
