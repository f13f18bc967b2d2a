package dev.jvmm.benchmarks;

import dev.jvmm.event.EventHandler;
import dev.jvmm.event.EventLoop;
import dev.jvmm.event.Timer;
import dev.jvmm.linux.Epoll;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.queue.GuestRam;
import dev.jvmm.virtio.queue.QueueLayout;
import dev.jvmm.virtio.queue.Virtqueue;
import dev.jvmm.virtio.testing.MockRing;
import dev.jvmm.vsock.VsockConfig;
import dev.jvmm.vsock.VsockDevice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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
 * As {@link VsockPacket}, and all of it on one thread: the device's own work for a packet, without locks, and without the wake-up of
 * another thread. What an event loop would call the driver's thread calls.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class VsockSteps extends VsockTraffic {
    private static final int MEMORY = 4 << 20;
    private static final int SIZE = 128;
    private static final int RING = 0x1000;
    private static final int QUEUES = 3;

    private final GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(MEMORY));
    private final GuestRam ram = new GuestRam(memory);
    private final EventLoop timers = new EventLoop("bench", (who, failure) -> failure.printStackTrace());
    private final VsockDevice device = VsockDevice.open("bench", VsockConfig.of(CID, path()));
    private EventHandler sockets;
    private int again;
    private long free = RING;

    @Setup
    public void start() {
        device.attach(new Surroundings());
        List<MockRing> rings = new ArrayList<>();
        List<Virtqueue> queues = new ArrayList<>();
        for (int i = 0; i < QUEUES; i++) {
            int size = Math.min(SIZE, device.queueSize(i));
            QueueLayout layout = new QueueLayout(size, allocate(RING), allocate(RING), allocate(RING));
            rings.add(new MockRing(memory, layout, true));
            queues.add(new Virtqueue(i, ram, layout, size, true, true, () -> {}));
        }
        device.activate(VsockDevice.STREAM, queues);
        begin(memory, rings.get(RECEIVE), rings.get(TRANSMIT));
    }

    @Override
    long allocate(int size) {
        long at = free;
        free += size + RING - 1 & -RING;
        return at;
    }

    @Override
    void kick(int queue) {
        again |= 1 << queue;
        while (again != 0) {
            int next = Integer.numberOfTrailingZeros(again);
            again &= again - 1;
            device.notified(next);
        }
    }

    @Override
    void awaitDevice() {
        sockets.ready(Epoll.IN);
    }

    /** From the guest to a program. */
    @Benchmark
    public int toTheHost() {
        return passToHost();
    }

    /** From a program to the guest, which then says that it has room again. */
    @Benchmark
    public int toTheGuest() {
        return passToGuest();
    }

    @TearDown
    public void close() throws IOException {
        device.reset();
        device.close();
        timers.close();
        memory.close();
        end();
    }

    /** Everything that comes later comes when the benchmark says so. */
    private final class Surroundings implements VirtioHost, VirtioHost.Watch {
        @Override
        public GuestRam ram() {
            return ram;
        }

        @Override
        public void configChanged() {}

        @Override
        public void needsReset(String reason) {
            throw new IllegalStateException(reason);
        }

        @Override
        public void idle() {}

        @Override
        public void again(int queue) {
            again |= 1 << queue;
        }

        @Override
        public Watch watch(FileDescriptor descriptor, int events, EventHandler handler) {
            sockets = handler;
            return this;
        }

        @Override
        public void wanted(int events) {}

        @Override
        public void close() {}

        @Override
        public Timer timer(Runnable task) {
            return timers.timer(task);
        }

        @Override
        public boolean post(Runnable task) {
            return false;
        }
    }
}
