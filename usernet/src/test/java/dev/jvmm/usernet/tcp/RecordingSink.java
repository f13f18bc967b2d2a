package dev.jvmm.usernet.tcp;

import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.packet.PacketSink;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Deque;

/** Keeps what the guest is sent. */
final class RecordingSink implements PacketSink {
    final Deque<SeenSegment> seen = new ArrayDeque<>();

    /** Packets that it takes before it is full. */
    int room = Integer.MAX_VALUE;
    int most = 65_000;

    @Override
    public boolean send(IpAddress from, IpAddress to, int protocol, ByteBuf packet, int segmentSize) {
        try {
            if (room == 0) {
                return false;
            }
            room--;
            if (protocol != TcpStack.PROTOCOL || packet.readableBytes() > most) {
                throw new AssertionError("protocol " + protocol + ", " + packet.readableBytes() + " bytes");
            }
            seen.add(SeenSegment.of(from, to, packet, segmentSize));
            return true;
        } finally {
            packet.release();
        }
    }

    @Override
    public int most() {
        return most;
    }

    @Override
    public int mtu() {
        return 1500;
    }
}
