package dev.jvmm.usernet.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.usernet.packet.Checksum;
import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.packet.Protocol;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;

/** A guest's end of a TCP connection over a link that loses nothing: as much of TCP as that takes. */
public final class GuestSocket {
    public static final int FIN = 1;
    public static final int SYN = 2;
    public static final int RST = 4;
    public static final int ACK = 16;

    private static final int WINDOW = 65_000;
    private static final int MSS = 1460;

    private final ScriptedGuest guest;
    private final IpAddress local;
    private final IpAddress remote;
    private final int localPort;
    private int remotePort;
    private int next = 1000;
    private int expected;
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();

    /** The largest GSO size seen, and the longest segment. */
    public int gsoSize;

    public int longest;

    /** Whether the other end is done. */
    public boolean finished;

    public GuestSocket(ScriptedGuest guest, IpAddress local, int localPort, IpAddress remote, int remotePort) {
        this.guest = guest;
        this.local = local;
        this.localPort = localPort;
        this.remote = remote;
        this.remotePort = remotePort;
    }

    /** Opens the connection. @return whether it was not refused */
    public boolean connect() {
        send(SYN, new byte[0]);
        next++;
        ByteBuf answer = segment();
        if ((answer.getByte(13) & RST) != 0) {
            return false;
        }
        assertEquals(SYN | ACK, answer.getByte(13) & 0x3F);
        expected = answer.getInt(4) + 1;
        send(ACK, new byte[0]);
        return true;
    }

    /** Waits for a connection to the local port. */
    public void accept() {
        Received frame = guest.await(
                received -> received.is(Protocol.TCP) && received.payload().getUnsignedShort(2) == localPort);
        ByteBuf syn = frame.payload();
        assertEquals(remote, frame.ip.from());
        assertEquals(SYN, syn.getByte(13) & 0x3F);
        remotePort = syn.getUnsignedShort(0);
        expected = syn.getInt(4) + 1;
        send(SYN | ACK, new byte[0]);
        next++;
    }

    /** Sends data in one frame, with segmentation left to the device where it is long, and waits for its acknowledgement. */
    public void write(byte[] bytes) {
        send(ACK, bytes);
        next += bytes.length;
        while (segment().getInt(8) - next < 0) {
            continue;
        }
    }

    /** Says that no more comes. */
    public void finish() {
        send(FIN | ACK, new byte[0]);
        next++;
    }

    public void reset() {
        send(RST | ACK, new byte[0]);
    }

    /** Takes data until there are so many, or the other end is done. */
    public byte[] read(int length) {
        while (data.size() < length && !finished) {
            segment();
        }
        byte[] taken = data.toByteArray();
        data.reset();
        return taken;
    }

    /** The next segment, its data taken and acknowledged. */
    private ByteBuf segment() {
        Received frame = guest.await(
                received -> received.is(Protocol.TCP) && received.ip.from().equals(remote)
                        && received.payload().getUnsignedShort(0) == remotePort
                        && received.payload().getUnsignedShort(2) == localPort);
        ByteBuf segment = frame.payload();
        int header = (segment.getByte(12) >> 4 & 0xF) * 4;
        int length = segment.readableBytes() - header;
        int flags = segment.getByte(13);
        if ((flags & SYN) == 0 && segment.getInt(4) == expected) {
            byte[] bytes = new byte[length];
            segment.getBytes(header, bytes);
            data.writeBytes(bytes);
            boolean fin = (flags & FIN) != 0;
            finished |= fin || (flags & RST) != 0;
            expected += length + (fin ? 1 : 0);
            if (length > 0 || fin) {
                send(ACK, new byte[0]);
            }
        } else if ((flags & RST) != 0) {
            finished = true;
        }
        if (frame.gsoType != 0) {
            assertEquals(local.isV4() ? 1 : 4, frame.gsoType);
            assertTrue(frame.partial);
            gsoSize = Math.max(gsoSize, frame.gsoSize);
        } else if ((flags & SYN) == 0) {
            assertTrue(length <= MSS, "a segment that fits the link: " + length);
        }
        longest = Math.max(longest, length);
        return segment;
    }

    private void send(int flags, byte[] bytes) {
        ByteBuf packet = Unpooled.buffer(20 + bytes.length);
        packet.writeShort(localPort).writeShort(remotePort).writeInt(next).writeInt(expected);
        packet.writeByte((flags & SYN) != 0 ? 0x60 : 0x50).writeByte(flags).writeShort(WINDOW).writeInt(0);
        if ((flags & SYN) != 0) {
            packet.writeByte(2).writeByte(4).writeShort(MSS);
        }
        packet.writeBytes(bytes);
        long pseudo = Checksum.addPseudoHeader(0, local, remote, Protocol.TCP, packet.readableBytes());
        int headers = 14 + (local.isV4() ? 20 : 40);
        if (bytes.length > MSS) {
            packet.setShort(16, Checksum.fold(pseudo));
            byte[] vnet = {
                1, (byte) (local.isV4() ? 1 : 4), (byte) (headers + 20), 0, (byte) MSS, (byte) (MSS >> 8),
                (byte) headers,
                0, 16, 0, 0, 0
            };
            guest.send(vnet, Frames.ip(local, remote, Protocol.TCP, packet));
        } else {
            Checksum.fill(packet, 16, pseudo);
            guest.send(Frames.ip(local, remote, Protocol.TCP, packet));
        }
    }
}
