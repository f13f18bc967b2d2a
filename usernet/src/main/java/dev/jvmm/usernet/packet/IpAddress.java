package dev.jvmm.usernet.packet;

import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * An address of IPv6, or of IPv4 as {@code ::ffff:a.b.c.d}.
 *
 * @param high the first eight bytes, big-endian
 * @param low the last eight bytes, big-endian
 * @spec https://www.rfc-editor.org/rfc/rfc4291 RFC 4291
 */
public record IpAddress(long high, long low) {
    /** 0.0.0.0. */
    public static final IpAddress ANY_V4 = ofV4(0);

    /** 255.255.255.255. */
    public static final IpAddress BROADCAST = ofV4(-1);

    /** The unspecified address of IPv6, {@code ::}. */
    public static final IpAddress ANY_V6 = new IpAddress(0, 0);

    /** ff02::1, every node of the link. */
    public static final IpAddress ALL_NODES = new IpAddress(0xFF02_0000_0000_0000L, 1);

    private static final long MAPPED = 0xFFFF;
    private static final int MAPPED_BITS = 96;

    /** An IPv4 address, a.b.c.d as 0xaabbccdd. */
    public static IpAddress ofV4(int address) {
        return new IpAddress(0, MAPPED << Integer.SIZE | Integer.toUnsignedLong(address));
    }

    /** The address without its scope. */
    public static IpAddress of(InetAddress address) {
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return bytes.capacity() == Integer.BYTES
                ? ofV4(bytes.getInt(0))
                : new IpAddress(bytes.getLong(0), bytes.getLong(Long.BYTES));
    }

    /** Reads four bytes of a packet. */
    public static IpAddress readV4(ByteBuf from, int index) {
        return ofV4(from.getInt(index));
    }

    /** Reads sixteen bytes of a packet, which may look like an IPv4 address: see {@link #isV4}. */
    public static IpAddress readV6(ByteBuf from, int index) {
        return new IpAddress(from.getLong(index), from.getLong(index + Long.BYTES));
    }

    /**
     * Reads an address as text, without asking anybody for names.
     *
     * @throws IllegalArgumentException when it is none; the message is a sentence's end: "'x' is no address..."
     */
    public static IpAddress parse(String text) {
        return AddressText.parse(text);
    }

    /** Whether it is an IPv4 address. */
    public boolean isV4() {
        return high == 0 && low >>> Integer.SIZE == MAPPED;
    }

    /** The four bytes of an IPv4 address. */
    public int v4() {
        return (int) low;
    }

    /** Bytes in a packet: 4 or 16. */
    public int size() {
        return isV4() ? Integer.BYTES : 2 * Long.BYTES;
    }

    /** Appends the 4 or 16 bytes. */
    public void write(ByteBuf to) {
        if (isV4()) {
            to.writeInt(v4());
        } else {
            to.writeLong(high);
            to.writeLong(low);
        }
    }

    /** As java.net has it. */
    public InetAddress toInetAddress() {
        ByteBuffer bytes = ByteBuffer.allocate(size());
        if (isV4()) {
            bytes.putInt(v4());
        } else {
            bytes.putLong(high).putLong(low);
        }
        try {
            return InetAddress.getByAddress(bytes.array());
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // for other lengths only
        }
    }

    /** 0.0.0.0 or ::. */
    public boolean isUnspecified() {
        return isV4() ? v4() == 0 : high == 0 && low == 0;
    }

    /** 127.0.0.0/8 or ::1. */
    public boolean isLoopback() {
        return isV4() ? v4() >>> 24 == 127 : high == 0 && low == 1;
    }

    /** 224.0.0.0/4 or ff00::/8. */
    public boolean isMulticast() {
        return isV4() ? v4() >>> 28 == 0xE : high >>> 56 == 0xFF;
    }

    /** 169.254.0.0/16 or fe80::/10. */
    public boolean isLinkLocal() {
        return isV4() ? v4() >>> 16 == 0xA9FE : high >>> 54 == 0x3FA;
    }

    /**
     * Whether it begins as another address does.
     *
     * @param bits how much of it counts: 0 to 32 with an IPv4 network, else 0 to 128
     */
    public boolean isIn(IpAddress network, int bits) {
        int all = network.isV4() ? bits + MAPPED_BITS : bits;
        long highMask = all >= Long.SIZE ? -1 : mask(all);
        long lowMask = all <= Long.SIZE ? 0 : mask(all - Long.SIZE);
        return isV4() == network.isV4() && ((high ^ network.high) & highMask) == 0
                && ((low ^ network.low) & lowMask) == 0;
    }

    private static long mask(int bits) {
        return bits == 0 ? 0 : -1L << Long.SIZE - bits;
    }

    /** The address that lies as much higher, in the same family's last 32 bits. */
    public IpAddress plus(int distance) {
        return isV4() ? ofV4(v4() + distance) : new IpAddress(high, low + distance);
    }

    /** As people write it: dotted, or by RFC 5952. */
    @Override
    public String toString() {
        return AddressText.format(this);
    }
}
