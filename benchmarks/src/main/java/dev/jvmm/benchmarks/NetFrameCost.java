package dev.jvmm.benchmarks;

import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.net.MacAddress;
import dev.jvmm.virtio.net.NetBackend;
import dev.jvmm.virtio.net.NetConfig;
import dev.jvmm.virtio.net.NetDevice;
import dev.jvmm.virtio.net.NetFeature;
import dev.jvmm.virtio.net.NetHeader;
import dev.jvmm.virtio.net.NetListener;
import dev.jvmm.virtio.net.ReceiveRoom;
import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A frame of the guest's through a network card and one back, without a TAP: the backend has iovecs made for what it would write, and
 * takes those for what it would read, but makes no call; it says at once that all is done. The kernel's copies are what comes on top.
 *
 * <p>The driver's side is in it, as the mock driver does it: rings, the register write, count of interrupts. As Linux does, frames to send
 * lie in an indirect table, with the header in a piece of its own, and large frames are received into buffers of a page.
 *
 * <p>Here with JMH's own choice of compiler; {@link NetFrameCostAsLaunched} has that of {@code ./jvmm}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class NetFrameCost {
    private static final int PAGE = 4096;
    private static final int RECEIVE = 0;
    private static final int TRANSMIT = 1;
    private static final int SMALL = NetHeader.SIZE + 1500;
    private static final int LARGE = NetHeader.SIZE + (64 << 10) - 64;
    private static final int BATCH = 32;

    /** Receive buffers: twice what the largest frame takes. */
    private static final int BUFFERS = 64;

    private final NoNetwork network = new NoNetwork();
    private MockDriver driver;
    private MockRing transmit;
    private MockRing receive;

    /** Of receive buffers, in the order in which they come back. */
    private final int[] heads = new int[BUFFERS];

    private int nextHead;

    /** Does all but the calls. */
    private static final class NoNetwork implements NetBackend {
        private final ByteBuffer iovecs = ByteBuffer.allocateDirect(256 * DescriptorChain.IOVEC_SIZE)
                .order(ByteOrder.nativeOrder());
        private NetListener listener;

        /** Frames that the guest is to receive, of so many bytes. */
        private int waiting;

        private int length;

        /** So that nothing is left out. */
        private long sum;

        @Override
        public long features() {
            return NetFeature.OFFLOADS;
        }

        @Override
        public int pairs() {
            return 1;
        }

        @Override
        public void attach(VirtioHost host, NetListener hearer) {
            listener = hearer;
        }

        @Override
        public void configure(long features, int pairs) {}

        @Override
        public int send(int pair, DescriptorChain frame) {
            sum += frame.readableVectors(0, frame.readableLength(), iovecs);
            return (int) frame.readableLength();
        }

        @Override
        public int receive(int pair, ReceiveRoom room) {
            if (waiting == 0) {
                return 0;
            }
            waiting--;
            sum += room.vectorAddress() + room.vectorCount();
            return length;
        }

        @Override
        public void pauseReceive(int pair) {}

        @Override
        public void reset() {}

        @Override
        public void close() {}

        void arrive(int frames, int bytes) {
            waiting = frames;
            length = bytes;
            listener.readable(0);
        }
    }

    @Setup
    public void start() {
        driver = MockDriver.started(new NetDevice("bench", NetConfig.of(MacAddress.local(1)), network));
        transmit = driver.ring(TRANSMIT);
        receive = driver.ring(RECEIVE);
        for (int i = 0; i < BUFFERS; i++) {
            heads[i] = receive.post(0, driver.allocate(PAGE), PAGE);
        }
        driver.kick(RECEIVE);
        for (int i = 0; i < BATCH; i++) {
            table(i, SMALL);
        }
        table(BATCH, LARGE);
        oneFrame();
        oneLargeFrame();
        NetDevice device = (NetDevice) driver.transport().device();
        if (device.statistics().sentFrames() != 2 || device.statistics().receivedFrames() != 2) {
            throw new IllegalStateException("no frame has passed: " + device.statistics());
        }
    }

    /** A frame in a descriptor of the transmit queue: its header, and data in pieces of up to a page. */
    private void table(int descriptor, int length) {
        int pieces = 1 + (length - NetHeader.SIZE + PAGE - 1) / PAGE;
        long table = driver.allocate(16 * pieces);
        long data = driver.allocate(length);
        ByteBuffer entries = driver.memory().view(table, 16 * pieces);
        long at = data;
        for (int i = 0; i < pieces; i++) {
            int piece = i == 0 ? NetHeader.SIZE : (int) Math.min(PAGE, data + length - at);
            entries.putLong(16 * i, at).putInt(16 * i + 8, piece);
            entries.putShort(16 * i + 12, (short) (i < pieces - 1 ? MockRing.F_NEXT : 0));
            entries.putShort(16 * i + 14, (short) (i + 1));
            at += piece;
        }
        transmit.descriptor(descriptor, table, 16L * pieces, MockRing.F_INDIRECT, 0);
    }

    @TearDown
    public void close() {
        driver.close();
    }

    private void send(int descriptor) {
        transmit.publish(descriptor);
        driver.kick(TRANSMIT);
        transmit.takeUsedAndKeep();
    }

    /** Takes received buffers and makes them available again. */
    private void take(int buffers) {
        for (int i = 0; i < buffers; i++) {
            receive.takeUsedAndKeep();
            receive.publish(heads[nextHead]);
            nextHead = nextHead + 1 & BUFFERS - 1;
        }
    }

    /** 1,500 bytes out, with a kick and an interrupt, and 1,500 bytes in, with an interrupt. */
    @Benchmark
    public void oneFrame() {
        send(0);
        network.arrive(1, SMALL);
        take(1);
    }

    /** The same with 64 KiB that are one segment. */
    @Benchmark
    public void oneLargeFrame() {
        send(BATCH);
        network.arrive(1, LARGE);
        take((LARGE + PAGE - 1) / PAGE);
    }

    /** 32 frames of 1,500 bytes each way, with a kick, and an interrupt each way; divide by 32. */
    @Benchmark
    public void batchOf32() {
        for (int i = 0; i < BATCH; i++) {
            transmit.publish(i);
        }
        driver.kick(TRANSMIT);
        for (int i = 0; i < BATCH; i++) {
            transmit.takeUsedAndKeep();
        }
        network.arrive(BATCH, SMALL);
        take(BATCH);
    }
}
