package dev.jvmm.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What the kernel said over netlink: a struct, then attributes. Little-endian; what is not there reads as absent. */
public final class NetlinkAttributes {
    /** Above these 14 bits the kernel keeps notes on what is inside. */
    private static final int TYPE_MASK = 0x3FFF;

    private final ByteBuffer bytes;
    private final int first;

    /** @param first where the attributes begin: behind the struct */
    NetlinkAttributes(ByteBuffer bytes, int first) {
        this.bytes = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
        this.first = first;
    }

    /** As an attribute that holds others. */
    private NetlinkAttributes(ByteBuffer bytes) {
        this(bytes, 0);
    }

    /** 16 bits of the struct; 0 beyond its end. */
    public int int16(int offset) {
        return offset + Short.BYTES <= bytes.limit() ? bytes.getShort(offset) & 0xFFFF : 0;
    }

    /** 32 bits of the struct; 0 beyond its end. */
    public int int32(int offset) {
        return offset + Integer.BYTES <= bytes.limit() ? bytes.getInt(offset) : 0;
    }

    private Optional<ByteBuffer> find(int type) {
        int at = first;
        while (at <= bytes.limit() - NetlinkMessage.ATTRIBUTE_HEADER) {
            int length = bytes.getShort(at) & 0xFFFF;
            if (length < NetlinkMessage.ATTRIBUTE_HEADER || length > bytes.limit() - at) {
                break;
            }
            if ((bytes.getShort(at + 2) & TYPE_MASK) == type) {
                int start = at + NetlinkMessage.ATTRIBUTE_HEADER;
                return Optional.of(bytes.slice(start, at + length - start).order(ByteOrder.LITTLE_ENDIAN));
            }
            at += length + 3 & ~3;
        }
        return Optional.empty();
    }

    /** Whether there is such an attribute. */
    public boolean has(int type) {
        return find(type).isPresent();
    }

    /** An attribute of 8 bits, 0 to 255; or else {@code absent}. */
    public int value8(int type, int absent) {
        Optional<ByteBuffer> found = find(type);
        return found.isPresent() && found.get().hasRemaining() ? found.get().get(0) & 0xFF : absent;
    }

    /** An attribute of 32 bits, or else {@code absent}. */
    public int value32(int type, int absent) {
        Optional<ByteBuffer> found = find(type);
        return found.isPresent() && found.get().limit() >= Integer.BYTES ? found.get().getInt(0) : absent;
    }

    /** An attribute's bytes; none when it is absent. */
    public byte[] bytes(int type) {
        Optional<ByteBuffer> found = find(type);
        byte[] copy = new byte[found.isPresent() ? found.get().limit() : 0];
        if (found.isPresent()) {
            found.get().get(0, copy);
        }
        return copy;
    }

    /** An attribute's text; empty when it is absent. */
    public String text(int type) {
        byte[] text = bytes(type);
        int length = 0;
        while (length < text.length && text[length] != 0) {
            length++;
        }
        return new String(text, 0, length, StandardCharsets.UTF_8);
    }

    /** The attributes inside of one; none when it is absent. */
    public NetlinkAttributes nested(int type) {
        Optional<ByteBuffer> found = find(type);
        return new NetlinkAttributes(found.isPresent() ? found.get() : ByteBuffer.allocate(0));
    }
}
