package dev.jvmm.usernet.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.jvmm.event.EventHandler;
import dev.jvmm.event.EventLoop;
import dev.jvmm.event.Registration;
import dev.jvmm.event.Timer;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.net.NetBackend;
import dev.jvmm.virtio.net.NetFeature;
import dev.jvmm.virtio.net.NetListener;
import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.queue.GuestRam;
import dev.jvmm.virtio.queue.QueueLayout;
import dev.jvmm.virtio.queue.Virtqueue;
import dev.jvmm.virtio.testing.MockRing;
import io.netty.buffer.ByteBuf;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A guest that a test speaks for: in front of a backend it plays the device and its driver. Frames go through a queue in guest memory,
 * and come into an array.
 */
public final class ScriptedGuest implements AutoCloseable {
    public static final long ALL_OFFLOADS = NetFeature.GUEST_CSUM | NetFeature.GUEST_TSO4 | NetFeature.GUEST_TSO6
            | NetFeature.CSUM
            | NetFeature.HOST_TSO4 | NetFeature.HOST_TSO6;

    private static final int PATIENCE_SECONDS = 30;
    private static final long DATA = 0x10_0000;
    private static final QueueLayout LAYOUT = new QueueLayout(16, 0x1000, 0x2000, 0x3000);

    private final NetBackend backend;
    private final GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(4 << 20));
    private final GuestRam ram = new GuestRam(memory);
    private final MockRing ring = new MockRing(memory, LAYOUT, false);
    private final Virtqueue queue = new Virtqueue(0, ram, LAYOUT, 16, false, false, () -> {});
    private final DescriptorChain chain = new DescriptorChain();
    private final Object lock = new Object();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final EventLoop events = new EventLoop("test-events", (who, failure) -> failures.add(failure));
    private final BlockingQueue<Received> frames = new LinkedBlockingQueue<>();
    private final Semaphore writable = new Semaphore(0);
    private boolean paused;

    public ScriptedGuest(NetBackend backend, long features) {
        this.backend = backend;
        synchronized (lock) {
            backend.attach(new Host(), new Listener());
            backend.configure(features, 1);
        }
    }

    private final class Host implements VirtioHost {
        @Override
        public GuestRam ram() {
            return ram;
        }

        @Override
        public void configChanged() {}

        @Override
        public void needsReset(String reason) {
            throw new AssertionError(reason);
        }

        @Override
        public void idle() {}

        @Override
        public void again(int queue) {}

        @Override
        public Watch watch(FileDescriptor descriptor, int wanted, EventHandler handler) {
            Registration registration = events.register(descriptor, wanted, ready -> {
                synchronized (lock) {
                    handler.ready(ready);
                }
            });
            return new Watch() {
                @Override
                public void wanted(int changed) {
                    registration.modify(changed);
                }

                @Override
                public void close() {
                    registration.close();
                }
            };
        }

        @Override
        public Timer timer(Runnable task) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean post(Runnable task) {
            return events.post(() -> {
                synchronized (lock) {
                    task.run();
                }
            });
        }
    }

    private final class Listener implements NetListener {
        @Override
        public void readable(int pair) {
            take();
        }

        @Override
        public void writable(int pair) {
            writable.release();
        }

        @Override
        public void link(boolean up) {}
    }

    private void take() {
        ArrayRoom room = new ArrayRoom();
        int length = 1;
        while (!paused && length != 0) {
            length = backend.receive(0, room);
            if (length > 0) {
                frames.add(new Received(room.taken(length)));
            }
        }
        if (paused) {
            backend.pauseReceive(0);
        }
    }

    /** Sends an Ethernet frame that leaves nothing undone. */
    public void send(ByteBuf frame) {
        send(new byte[12], frame);
    }

    /** Sends a frame behind a vnet header of any kind, and waits for room where there is none. */
    public void send(byte[] header, ByteBuf frame) {
        int result = trySend(header, frame);
        while (result == -11) {
            try {
                assertTrue(writable.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS), "room for a frame");
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            result = trySend(header, frame);
        }
        assertTrue(result >= 0, "sent: " + result);
    }

    /** What the backend says to a frame. */
    public int trySend(byte[] header, ByteBuf frame) {
        int length = frame.readableBytes();
        byte[] bytes = new byte[length];
        frame.getBytes(frame.readerIndex(), bytes);
        synchronized (lock) {
            ram.write(DATA, header, 0, header.length);
            ram.write(DATA + header.length, bytes, 0, length);
            ring.post(1, DATA, header.length + length);
            assertTrue(queue.next(chain));
            int result = backend.send(0, chain);
            queue.complete(chain, 0);
            ring.takeUsed();
            return result;
        }
    }

    /** The next frame of a kind; others before it are dropped. */
    public Received await(Predicate<Received> kind) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (System.nanoTime() < end) {
            try {
                Received frame = frames.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (frame != null && kind.test(frame)) {
                    return frame;
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        return fail("no such frame came");
    }

    /** Whether frames have come that nobody has taken. */
    public int waiting() {
        return frames.size();
    }

    /** No buffers for received frames from now on, or buffers again. */
    public void pause(boolean on) {
        synchronized (lock) {
            paused = on;
            take();
        }
    }

    /** Another driver. */
    public void restart(long features) {
        synchronized (lock) {
            backend.reset();
            backend.configure(features, 1);
        }
    }

    @Override
    public void close() {
        synchronized (lock) {
            backend.reset();
        }
        backend.close();
        events.close();
        assertTrue(failures.isEmpty(), failures.toString());
        memory.close();
    }
}
