package dev.jvmm.usernet.tcp;

import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.packet.PacketSink;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Random;

/**
 * A way from one stack to another that loses, repeats and reorders packets, cuts long ones into segments or not, and is full now and then.
 * It carries copies, as a guest does: what the sender does to its memory afterwards harms nobody.
 */
final class RoughLink implements PacketSink, Runnable {
    private static final int ROOM = 300;
    private static final int BURST = 40;

    private record Packet(IpAddress from, IpAddress to, ByteBuf bytes) {}

    private final EventLoop loop;
    private final Random random;
    private final double loss;
    private final boolean cuts;
    private final ArrayDeque<Packet> queue = new ArrayDeque<>();
    private TcpStack target;
    private TcpStack source;
    private boolean scheduled;
    private boolean full;
    private long carried;

    /** @param loss the share of packets that are lost; as many are repeated, and as many come late */
    RoughLink(EventLoop loop, long seed, double loss, boolean cuts) {
        this.loop = loop;
        this.random = new Random(seed);
        this.loss = loss;
        this.cuts = cuts;
    }

    void between(TcpStack from, TcpStack to) {
        source = from;
        target = to;
    }

    long carried() {
        return carried;
    }

    @Override
    public boolean send(IpAddress from, IpAddress to, int protocol, ByteBuf packet, int segmentSize) {
        try {
            if (queue.size() >= ROOM) {
                full = true;
                return false;
            }
            if (segmentSize == 0 || !cuts) {
                pass(from, to, copy(packet, packet.readerIndex(), packet.readableBytes()));
                return true;
            }
            int at = packet.readerIndex();
            int header = (packet.getByte(at + 12) & 0xF0) >> 2;
            int payload = packet.readableBytes() - header;
            for (int offset = 0; offset < payload; offset += segmentSize) {
                int length = Math.min(segmentSize, payload - offset);
                ByteBuf segment = copy(packet, at, header);
                segment.writeBytes(packet, at + header + offset, length);
                segment.setInt(4, packet.getInt(at + 4) + offset);
                if (offset + length < payload) {
                    segment.setByte(13, segment.getByte(13) & ~(TcpSegment.FIN | TcpSegment.PSH));
                }
                pass(from, to, segment);
            }
            return true;
        } finally {
            packet.release();
        }
    }

    private static ByteBuf copy(ByteBuf packet, int at, int length) {
        return PooledByteBufAllocator.DEFAULT.directBuffer(length).writeBytes(packet, at, length);
    }

    private void pass(IpAddress from, IpAddress to, ByteBuf bytes) {
        Packet packet = new Packet(from, to, bytes);
        if (random.nextDouble() < loss) {
            bytes.release();
        } else if (random.nextDouble() < loss && queue.size() > 2) {
            Packet last = queue.removeLast();
            queue.add(packet);
            queue.add(last);
        } else {
            queue.add(packet);
            if (random.nextDouble() < loss) {
                queue.add(new Packet(from, to, bytes.copy()));
            }
        }
        schedule();
    }

    private void schedule() {
        if (!scheduled) {
            scheduled = true;
            loop.execute(this);
        }
    }

    @Override
    public void run() {
        scheduled = false;
        for (int i = 0; i < BURST && !queue.isEmpty(); i++) {
            Packet packet = queue.poll();
            carried++;
            target.input(packet.from(), packet.to(), packet.bytes());
            packet.bytes().release();
        }
        if (!queue.isEmpty()) {
            schedule();
        }
        if (full && queue.size() < ROOM / 2) {
            full = false;
            source.guestWritable();
        }
    }

    void clear() {
        queue.forEach(packet -> packet.bytes().release());
        queue.clear();
    }

    @Override
    public int most() {
        return 65_000;
    }

    @Override
    public int mtu() {
        return 1500;
    }
}
