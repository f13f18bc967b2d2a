package dev.jvmm.virtio.net.host;

import com.sun.management.ThreadMXBean;
import dev.jvmm.event.EventHandler;
import dev.jvmm.event.EventLoop;
import dev.jvmm.event.Registration;
import dev.jvmm.event.Timer;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.net.NetBackend;
import dev.jvmm.virtio.net.NetHeader;
import dev.jvmm.virtio.net.NetListener;
import dev.jvmm.virtio.net.ReceiveRoom;
import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.queue.GuestRam;
import dev.jvmm.virtio.queue.QueueLayout;
import dev.jvmm.virtio.queue.Virtqueue;
import dev.jvmm.virtio.testing.MockRing;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** The surroundings of a backend: an event loop, a lock, a guest's memory and queue. */
final class BackendFixture implements VirtioHost, NetListener, AutoCloseable {
    private static final int RING = 4096;
    private static final QueueLayout LAYOUT = new QueueLayout(RING, 0x10000, 0x30000, 0x40000);
    private static final long DATA = 0x100000;

    final AtomicInteger readable = new AtomicInteger();
    final AtomicInteger writable = new AtomicInteger();
    final AtomicInteger down = new AtomicInteger();

    /** What the device does when it hears that there may be frames. */
    volatile Runnable onReadable = () -> {};

    private final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
    private final EventLoop loop = new EventLoop("net-test", (who, failure) -> failures.add(failure));
    private final Object lock = new Object();
    private final GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(4 << 20));
    private final GuestRam ram = new GuestRam(memory);
    private final MockRing ring = new MockRing(memory, LAYOUT, false);
    private final Virtqueue queue = new Virtqueue(0, ram, LAYOUT, RING, false, true, () -> {});
    private final DescriptorChain chain = new DescriptorChain();
    private final NetBackend backend;

    BackendFixture(NetBackend backend) {
        this.backend = backend;
        backend.attach(this, this);
    }

    /** With the device's lock held. */
    <T> T locked(Supplier<T> task) {
        synchronized (lock) {
            return task.get();
        }
    }

    /** Sends bytes that begin with the header, in pieces of so many bytes. */
    int send(int pair, byte[] bytes, int piece) {
        return locked(() -> {
            int pieces = (bytes.length + piece - 1) / piece;
            long[] buffers = new long[2 * pieces];
            for (int i = 0; i < pieces; i++) {
                buffers[2 * i] = DATA + (long) i * piece;
                buffers[2 * i + 1] = Math.min(piece, bytes.length - i * piece);
            }
            ram.write(DATA, bytes, 0, bytes.length);
            ring.post(pieces, buffers);
            if (!queue.next(chain)) {
                throw new AssertionError("the chain is there");
            }
            int sent = backend.send(pair, chain);
            queue.completeAndFlush(chain, 0);
            ring.takeUsed();
            return sent;
        });
    }

    /** Bytes that the calling thread allocates in so many rounds of sending a frame and asking for one. */
    long allocated(int rounds, byte[] frame) {
        return locked(() -> {
            ram.write(DATA, frame, 0, frame.length);
            ring.post(2, DATA, 20, DATA + 20, frame.length - 20);
            if (!queue.next(chain)) {
                throw new AssertionError("the chain is there");
            }
            Room room = new Room();
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < rounds; i++) {
                backend.send(0, chain);
                backend.receive(0, room);
            }
            long bytes = threads.getCurrentThreadAllocatedBytes() - before;
            queue.completeAndFlush(chain, 0);
            ring.takeUsed();
            return bytes;
        });
    }

    /** Takes all there is, as a device does: only then is the backend asked to tell of more. */
    void drain(int pair) {
        while (tryReceive(pair).length > 0) {
            // the next
        }
    }

    /** What the backend has, header included; empty when it has nothing. */
    byte[] tryReceive(int pair) {
        return locked(() -> {
            Room room = new Room();
            int got = backend.receive(pair, room);
            if (got < 0) {
                throw new AssertionError("receive: " + got);
            }
            return Arrays.copyOf(room.bytes(), got);
        });
    }

    /** The next frame of this type with its header; others are passed over. */
    byte[] receive(int pair, int type) {
        byte[][] found = new byte[1][];
        Pause.until("a frame of type " + Integer.toHexString(type), () -> {
            byte[] frame = tryReceive(pair);
            found[0] = frame;
            return frame.length > 0 && type(frame) == type;
        });
        return found[0];
    }

    static int type(byte[] frame) {
        return (frame[NetHeader.SIZE + 12] & 0xFF) << 8 | frame[NetHeader.SIZE + 13] & 0xFF;
    }

    /** Room in two pieces, the first smaller than the header. */
    static final class Room implements ReceiveRoom {
        private final ByteBuffer memory = NativeBuffers.allocate(NetHeader.MOST + 100);
        private final ByteBuffer vectors = NativeBuffers.allocate(2 * DescriptorChain.IOVEC_SIZE);

        Room() {
            long at = NativeBuffers.address(memory);
            vectors.putLong(0, at).putLong(8, 7).putLong(16, at + 7).putLong(24, length() - 7);
        }

        byte[] bytes() {
            byte[] bytes = new byte[(int) length()];
            memory.get(0, bytes);
            return bytes;
        }

        @Override
        public long length() {
            return memory.capacity();
        }

        @Override
        public long vectorAddress() {
            return NativeBuffers.address(vectors);
        }

        @Override
        public int vectorCount() {
            return 2;
        }

        @Override
        public int vectors(long offset, long length, ByteBuffer iovecs) {
            iovecs.putLong(0, NativeBuffers.address(memory) + offset).putLong(8, length);
            return 1;
        }

        @Override
        public void write(long offset, ByteBuffer from, int index, int length) {
            memory.put((int) offset, from, index, length);
        }
    }

    @Override
    public void readable(int pair) {
        readable.incrementAndGet();
        onReadable.run();
    }

    @Override
    public void writable(int pair) {
        writable.incrementAndGet();
    }

    @Override
    public void link(boolean up) {
        if (!up) {
            down.incrementAndGet();
        }
    }

    @Override
    public GuestRam ram() {
        return ram;
    }

    @Override
    public void configChanged() {}

    @Override
    public void needsReset(String reason) {
        failures.add(new AssertionError(reason));
    }

    @Override
    public void idle() {}

    @Override
    public void again(int index) {}

    @Override
    public Watch watch(FileDescriptor descriptor, int events, EventHandler handler) {
        Registration registration = loop.register(descriptor, events, ready -> locked(() -> {
            handler.ready(ready);
            return 0;
        }));
        return new Watch() {
            @Override
            public void wanted(int wanted) {
                registration.modify(wanted);
            }

            @Override
            public void close() {
                registration.close();
            }
        };
    }

    @Override
    public Timer timer(Runnable task) {
        return loop.timer(task);
    }

    @Override
    public boolean post(Runnable task) {
        return loop.post(() -> locked(() -> {
            task.run();
            return 0;
        }));
    }

    @Override
    public void close() {
        backend.close();
        loop.close();
        memory.close();
        if (!failures.isEmpty()) {
            throw new AssertionError(failures.peek());
        }
    }
}
