package dev.jvmm.usernet.tcp;

import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.packet.PacketSink;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a segment costs in the stack: from the guest's packet to the write on the host's channel, or from what that read to the
 * packet for the guest and its acknowledgment, with the turn's end and the event loop's task in it. The host's socket takes and gives
 * at once, and the sink throws away, so neither the host's kernel nor guest memory is in the figures.
 *
 * <p>The figures to quote are {@link #guestSends}, {@link #guestSendsMuch} and {@link #guestReceives}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 2, jvmArgsAppend = { "-Djmh.executor=CUSTOM", "-Djmh.executor.class=dev.jvmm.usernet.tcp.LoopThreads" })
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class UserNetSegment {
    private static final IpAddress GUEST = IpAddress.ofV4(0x0A00020F);
    private static final IpAddress PEER = IpAddress.ofV4(0x5DB8D822);
    private static final int PORT = 40_000;
    private static final int MSS = 1460;
    private static final int LONG = 44 * MSS;
    private static final int BATCH = 32;

    private final EmbeddedChannel loop = new EmbeddedChannel();
    private final Nowhere guest = new Nowhere();
    private TcpStack stack;
    private HostSide dialed;
    private Discarding host;
    private ByteBuf small;
    private ByteBuf large;
    private ByteBuf bare;
    private int sequence;

    /** The guest, whose packets are looked at no further than their numbers. */
    private static final class Nowhere implements PacketSink {
        private int next;

        @Override
        public boolean send(IpAddress from, IpAddress to, int protocol, ByteBuf packet, int segmentSize) {
            int at = packet.readerIndex();
            next = packet.getInt(at + 4) + packet.readableBytes() - TcpSegment.HEADER;
            packet.release();
            return true;
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

    /** A host that takes everything. */
    private static final class Discarding extends EmbeddedChannel {
        Discarding(ChannelHandler handler) {
            super(handler);
        }

        @Override
        protected void doBeginRead() {}

        @Override
        protected void doWrite(ChannelOutboundBuffer in) {
            while (in.current() != null) {
                in.remove();
            }
        }
    }

    @Setup
    public void open() {
        Optional<SocketAddress> target = Optional.of(new InetSocketAddress("127.0.0.1", 1));
        stack = new TcpStack(loop.eventLoop(), guest, TcpLimits.DEFAULT, (to, port) -> target, System::nanoTime,
                (address, side) -> {
                    dialed = side;
                    host = new Discarding(side);
                });
        ByteBuf syn = PooledByteBufAllocator.DEFAULT.directBuffer();
        header(syn, TcpSegment.HEADER + 12, TcpSegment.SYN);
        syn.writeInt(0x0204_05B4).writeInt(0x0101_0402).writeInt(0x0103_0307);
        input(syn);
        dialed.connected();
        sequence = 1;
        guest.next -= 11; // a SYN's options are no payload, and the SYN counts
        bare = segment(0);
        small = segment(MSS);
        large = segment(LONG);
        input(bare);
        if (stack.connections() != 1 || stack.connection(GUEST, PORT, PEER, 80).state() != TcpState.ESTABLISHED) {
            throw new IllegalStateException("the connection is not open");
        }
        syn.release();
    }

    private static void header(ByteBuf to, int length, int flags) {
        to.writeShort(PORT).writeShort(80).writeLong(0).writeShort(length << 10 | flags).writeShort(0xFFFF).writeInt(0);
    }

    private static ByteBuf segment(int payload) {
        ByteBuf segment = PooledByteBufAllocator.DEFAULT.directBuffer(TcpSegment.HEADER + payload);
        header(segment, TcpSegment.HEADER, TcpSegment.ACK);
        return segment.writeZero(payload);
    }

    private void input(ByteBuf segment) {
        segment.setInt(4, sequence).setInt(8, guest.next);
        stack.input(GUEST, PEER, segment);
        sequence += segment.readableBytes() - TcpSegment.HEADER;
    }

    @TearDown
    public void close() {
        stack.close();
        small.release();
        large.release();
        bare.release();
    }

    /** A segment of 1,460 bytes, alone in its turn. */
    @Benchmark
    public void guestSends() {
        input(small);
        loop.runPendingTasks();
    }

    /** The same, 32 in a turn. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void guestSendsInARow() {
        for (int i = 0; i < BATCH; i++) {
            input(small);
        }
        loop.runPendingTasks();
    }

    /** A packet of 64,240 bytes, as a guest with segmentation offload sends it. */
    @Benchmark
    public void guestSendsMuch() {
        input(large);
        loop.runPendingTasks();
    }

    /** 64,240 bytes of the host's go to the guest, and it acknowledges them: a packet out and one in. */
    @Benchmark
    public void guestReceives() {
        ByteBuf data = PooledByteBufAllocator.DEFAULT.directBuffer(SendBuffer.HEADROOM + LONG);
        data.setIndex(SendBuffer.HEADROOM, SendBuffer.HEADROOM + LONG);
        host.pipeline().fireChannelRead(data);
        host.pipeline().fireChannelReadComplete();
        loop.runPendingTasks();
        input(bare);
        loop.runPendingTasks();
    }

    /** A hundred bytes each way: a packet in, and one out that acknowledges. */
    @Benchmark
    public void requestAndAnswer() {
        ByteBuf data = PooledByteBufAllocator.DEFAULT.directBuffer(SendBuffer.HEADROOM + 100);
        data.setIndex(SendBuffer.HEADROOM, SendBuffer.HEADROOM + 100);
        host.pipeline().fireChannelRead(data);
        host.pipeline().fireChannelReadComplete();
        loop.runPendingTasks();
        input(small);
        loop.runPendingTasks();
    }
}
