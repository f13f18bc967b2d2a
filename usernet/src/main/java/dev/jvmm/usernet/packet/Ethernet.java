package dev.jvmm.usernet.packet;

import io.netty.buffer.ByteBuf;

/** Ethernet frames: destination, source, EtherType, each address as the low 48 bits of a long. No VLAN tags. */
public final class Ethernet {
    /** Bytes of the header. */
    public static final int HEADER = 14;

    /** ff:ff:ff:ff:ff:ff. */
    public static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

    private static final int TYPE = 12;
    private static final long GROUP = 0x0100_0000_0000L;

    private Ethernet() {}

    /** A frame's destination. */
    public static long destination(ByteBuf frame, int start) {
        return address(frame, start);
    }

    /** A frame's source. */
    public static long source(ByteBuf frame, int start) {
        return address(frame, start + 6);
    }

    /** A frame's EtherType; a {@link Protocol} or another. */
    public static int type(ByteBuf frame, int start) {
        return frame.getUnsignedShort(start + TYPE);
    }

    /** Reads an address. */
    public static long address(ByteBuf from, int index) {
        return (long) from.getUnsignedShort(index) << Integer.SIZE | from.getUnsignedInt(index + 2);
    }

    /** Appends an address. */
    public static void write(ByteBuf to, long address) {
        to.writeShort((int) (address >>> Integer.SIZE));
        to.writeInt((int) address);
    }

    /** Whether it is a broadcast's or multicast's address. */
    public static boolean isGroup(long address) {
        return (address & GROUP) != 0;
    }

    /** Where frames for a multicast group go (RFC 1112, 6.4; RFC 2464, 7). */
    public static long multicast(IpAddress group) {
        return group.isV4()
                ? 0x0100_5E00_0000L | group.v4() & 0x7F_FFFF
                : 0x3333_0000_0000L | group.low() & 0xFFFF_FFFFL;
    }
}
