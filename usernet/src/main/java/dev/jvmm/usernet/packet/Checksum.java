package dev.jvmm.usernet.packet;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The Internet checksum. A sum is begun with 0, goes through any number of {@code add}s, whose parts must each begin at an even offset of
 * what is summed, and ends with {@link #fold} or {@link #finish}. The words are big-endian.
 *
 * @spec https://www.rfc-editor.org/rfc/rfc1071 RFC 1071
 */
public final class Checksum {
    private static final long LOW = 0xFFFF_FFFFL;

    private Checksum() {}

    /** Adds bytes of a buffer; an odd last one counts as if a zero followed. */
    public static long add(long sum, ByteBuf bytes, int index, int length) {
        if (length == 0) {
            return sum;
        }
        if (bytes.nioBufferCount() == 1) {
            ByteBuffer view = bytes.nioBuffer(index, length).order(ByteOrder.BIG_ENDIAN);
            return add(sum, view, view.position(), length);
        }
        long total = sum;
        int at = index;
        int end = index + length;
        for (; end - at >= Integer.BYTES; at += Integer.BYTES) {
            total += bytes.getInt(at) & LOW;
        }
        for (; at < end; at++) {
            total += (long) (bytes.getByte(at) & 0xFF) << (at - index & 1 ^ 1) * Byte.SIZE;
        }
        return total;
    }

    /** Adds bytes from an index of a big-endian buffer. */
    public static long add(long sum, ByteBuffer bytes, int index, int length) {
        long total = sum;
        int at = index;
        int end = index + length;
        for (; end - at >= Long.BYTES; at += Long.BYTES) {
            long word = bytes.getLong(at);
            total += (word >>> Integer.SIZE) + (word & LOW);
        }
        for (; at < end; at++) {
            total += (long) (bytes.get(at) & 0xFF) << (at - index & 1 ^ 1) * Byte.SIZE;
        }
        return total;
    }

    /** Adds the pseudo-header of an L4 packet (RFC 9293, 3.1; RFC 8200, 8.1). */
    public static long addPseudoHeader(long sum, IpAddress from, IpAddress to, int protocol, int length) {
        return add(add(sum, from), to) + protocol + length;
    }

    private static long add(long sum, IpAddress address) {
        if (address.isV4()) {
            return sum + (address.low() & LOW);
        }
        return sum + (address.high() >>> Integer.SIZE) + (address.high() & LOW) + (address.low() >>> Integer.SIZE)
                + (address.low() & LOW);
    }

    /** The sum in 16 bits; 0xFFFF for a packet whose checksum is right. */
    public static int fold(long sum) {
        long folded = (sum >>> Integer.SIZE) + (sum & LOW);
        while (folded >>> Short.SIZE != 0) {
            folded = (folded >>> Short.SIZE) + (folded & 0xFFFF);
        }
        return (int) folded;
    }

    /** What goes into a header's checksum field. */
    public static int finish(long sum) {
        return ~fold(sum) & 0xFFFF;
    }

    /** Fills in a packet's checksum field: the sum over all of its readable bytes, and whatever else counts. */
    public static void fill(ByteBuf packet, int field, long otherSum) {
        packet.setShort(field, 0);
        packet.setShort(field, finish(add(otherSum, packet, packet.readerIndex(), packet.readableBytes())));
    }
}
