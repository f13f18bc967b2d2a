package dev.jvmm.usernet.packet;

import io.netty.buffer.ByteBuf;

/**
 * What an IP packet says of itself, checked against the bytes that there are. One object reads one packet after the other; for one thread.
 *
 * @spec https://www.rfc-editor.org/rfc/rfc791 RFC 791
 * @spec https://www.rfc-editor.org/rfc/rfc8200 RFC 8200
 */
public final class IpPacket {
    /** Bytes of an IPv4 header without options. */
    public static final int V4_HEADER = 20;

    /** Bytes of an IPv6 header. */
    public static final int V6_HEADER = 40;

    /** Bytes of IPv6's fragment header. */
    public static final int FRAGMENT_HEADER = 8;

    private static final int MORE = 0x2000;
    private static final int OFFSET = 0x1FFF;

    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int DESTINATION = 60;

    /** Extension headers of one packet that are looked at; honest ones have two or three. */
    private static final int MOST_EXTENSIONS = 8;

    private IpAddress from = IpAddress.ANY_V4;
    private IpAddress to = IpAddress.ANY_V4;
    private int protocol;
    private int hopLimit;
    private int payload;
    private int payloadLength;
    private boolean fragment;
    private int fragmentId;
    private int fragmentOffset;
    private boolean moreFragments;

    /** Nothing read yet. */
    public IpPacket() {}

    /**
     * Reads a packet. What follows it (Ethernet pads short frames) is left out.
     *
     * @param start where it begins
     * @param end where the frame ends
     * @return false when it is none that can be believed; what the other methods say is of no use then
     */
    public boolean read(ByteBuf bytes, int start, int end) {
        if (end - start < V4_HEADER) {
            return false;
        }
        fragment = false;
        return switch (bytes.getUnsignedByte(start) >> 4) {
            case 4 -> readV4(bytes, start, end);
            case 6 -> readV6(bytes, start, end);
            default -> false;
        };
    }

    private boolean readV4(ByteBuf bytes, int start, int end) {
        int header = (bytes.getByte(start) & 0xF) * Integer.BYTES;
        int total = bytes.getUnsignedShort(start + 2);
        if (header < V4_HEADER || header > total || total > end - start
                || Checksum.fold(Checksum.add(0, bytes, start, header)) != 0xFFFF) {
            return false;
        }
        int place = bytes.getUnsignedShort(start + 6);
        moreFragments = (place & MORE) != 0;
        fragmentOffset = (place & OFFSET) * Long.BYTES;
        fragment = moreFragments || fragmentOffset > 0;
        fragmentId = bytes.getUnsignedShort(start + 4);
        hopLimit = bytes.getUnsignedByte(start + 8);
        protocol = bytes.getUnsignedByte(start + 9);
        from = IpAddress.readV4(bytes, start + 12);
        to = IpAddress.readV4(bytes, start + 16);
        payload = start + header;
        payloadLength = total - header;
        return true;
    }

    private boolean readV6(ByteBuf bytes, int start, int end) {
        if (end - start < V6_HEADER) {
            return false;
        }
        int length = bytes.getUnsignedShort(start + 4);
        if (length > end - start - V6_HEADER) {
            return false;
        }
        hopLimit = bytes.getUnsignedByte(start + 7);
        from = IpAddress.readV6(bytes, start + 8);
        to = IpAddress.readV6(bytes, start + 24);
        // An IPv4-mapped address is never on the wire (RFC 4291, 2.5.5.2); here it would pass for the IPv4 address, such as 127.0.0.1.
        return !from.isV4() && !to.isV4()
                && skipExtensions(bytes, bytes.getUnsignedByte(start + 6), start + V6_HEADER,
                        start + V6_HEADER + length);
    }

    /** Goes through the extension headers up to what IP carries, or to a piece of it. */
    private boolean skipExtensions(ByteBuf bytes, int first, int start, int end) {
        int next = first;
        int at = start;
        for (int headers = 0; headers <= MOST_EXTENSIONS; headers++) {
            boolean extension = next == HOP_BY_HOP && headers == 0 || next == ROUTING || next == DESTINATION;
            if (!extension && next != FRAGMENT) {
                protocol = next;
                payload = at;
                payloadLength = end - at;
                return true;
            }
            if (end - at < FRAGMENT_HEADER) {
                return false;
            }
            if (next == FRAGMENT) {
                if (readFragmentHeader(bytes, at, end)) {
                    return true;
                }
                next = protocol;
                at += FRAGMENT_HEADER;
            } else {
                int length = (bytes.getUnsignedByte(at + 1) + 1) * Long.BYTES;
                if (length > end - at || next == ROUTING && bytes.getByte(at + 3) != 0) {
                    return false;
                }
                next = bytes.getUnsignedByte(at);
                at += length;
            }
        }
        return false;
    }

    /** @return false when all of the packet is in this fragment (RFC 6946) */
    private boolean readFragmentHeader(ByteBuf bytes, int at, int end) {
        int place = bytes.getUnsignedShort(at + 2);
        protocol = bytes.getUnsignedByte(at);
        moreFragments = (place & 1) != 0;
        fragmentOffset = place & ~7;
        fragmentId = bytes.getInt(at + 4);
        fragment = moreFragments || fragmentOffset > 0;
        payload = at + FRAGMENT_HEADER;
        payloadLength = end - payload;
        return fragment;
    }

    /** The source, of the packet's family: never an IPv4-mapped one in IPv6. */
    public IpAddress from() {
        return from;
    }

    /** The destination, likewise. */
    public IpAddress to() {
        return to;
    }

    /** What it carries: a {@link Protocol}'s number or another. */
    public int protocol() {
        return protocol;
    }

    /** The time to live. */
    public int hopLimit() {
        return hopLimit;
    }

    /** Index of what it carries. */
    public int payload() {
        return payload;
    }

    /** Bytes of what it carries, 0 or more, all in the buffer. */
    public int payloadLength() {
        return payloadLength;
    }

    /** Whether the payload is a piece of a packet's. */
    public boolean isFragment() {
        return fragment;
    }

    /** Of a fragment: what the pieces of a packet have in common, besides addresses and protocol. */
    public int fragmentId() {
        return fragmentId;
    }

    /** Of a fragment: where the piece belongs, a multiple of 8 up to 65528. */
    public int fragmentOffset() {
        return fragmentOffset;
    }

    /** Of a fragment: whether it is not the last piece. */
    public boolean moreFragments() {
        return moreFragments;
    }
}
