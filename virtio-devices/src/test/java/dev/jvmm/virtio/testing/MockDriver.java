package dev.jvmm.virtio.testing;

import dev.jvmm.event.EventLoop;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.state.StateRecord;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.queue.GuestRam;
import dev.jvmm.virtio.queue.QueueLayout;
import dev.jvmm.virtio.transport.DeviceStatus;
import dev.jvmm.virtio.transport.MmioRegisters;
import dev.jvmm.virtio.transport.MmioTransport;
import java.util.ArrayList;
import java.util.List;

/**
 * A driver that brings a device up and talks to it as Linux does, through its registers and rings in plain guest memory, without KVM.
 * Each step can be left out or done wrong. Kicks run on the calling thread. For one thread.
 */
public final class MockDriver implements AutoCloseable {
    /** Bytes of guest memory. */
    public static final long MEMORY = 16 << 20;

    private static final long AWAIT_MILLIS = 30_000;
    private static final int DESCRIPTORS = 256;
    private static final long FIRST_FREE = 0x10_0000;

    private final List<Throwable> failures = new ArrayList<>();
    private final EventLoop loop = new EventLoop("mock-loop", (who, failure) -> failed(failure));
    private final MockWiring wiring = new MockWiring(loop);
    private final GuestMemory memory;
    private final MmioTransport transport;
    private final List<MockRing> rings = new ArrayList<>();
    private int mostDescriptors = DESCRIPTORS;
    private long features;
    private long nextFree = FIRST_FREE;

    private MockDriver(VirtioDevice device, GuestMemory memory) {
        this.memory = memory;
        transport = new MmioTransport(device, new GuestRam(memory), wiring);
    }

    /** For a device that no driver has seen. Nothing is written yet. */
    public static MockDriver forDevice(VirtioDevice device) {
        return new MockDriver(device, GuestMemory.allocate(MemoryOptions.ofSize(MEMORY)));
    }

    /** Brings a device up with all it offers. */
    public static MockDriver started(VirtioDevice device) {
        MockDriver driver = forDevice(device);
        driver.start();
        return driver;
    }

    /**
     * Saves the device, ends it, and goes on with a fresh one of the same configuration over a copy of guest memory. This driver is
     * closed.
     */
    public MockDriver restoredWith(VirtioDevice fresh) throws InterruptedException {
        transport.pause();
        StateRecord record = StateRecord.of("device", transport);
        MockDriver after = forDevice(fresh);
        after.memory.slice(0, MEMORY).copyFrom(memory.slice(0, MEMORY));
        record.restore(after.transport);
        after.features = features;
        after.nextFree = nextFree;
        for (MockRing ring : rings) {
            after.rings.add(ring.movedTo(after.memory));
        }
        after.transport.resume();
        close();
        return after;
    }

    private synchronized void failed(Throwable failure) {
        failures.add(failure);
    }

    public MmioTransport transport() {
        return transport;
    }

    public MockWiring wiring() {
        return wiring;
    }

    public GuestMemory memory() {
        return memory;
    }

    /** Reads a 32-bit register. */
    public int read(int register) {
        return (int) transport.read(register, Integer.BYTES);
    }

    /** Writes a 32-bit register. */
    public void write(int register, int value) {
        transport.write(register, Integer.BYTES, value & 0xFFFF_FFFFL);
    }

    public int status() {
        return read(MmioRegisters.STATUS);
    }

    /** Adds bits to the status; returns whether the device took them. */
    public boolean addStatus(int bits) {
        write(MmioRegisters.STATUS, status() | bits);
        return (status() & bits) == bits;
    }

    public boolean needsReset() {
        return (status() & DeviceStatus.NEEDS_RESET) != 0;
    }

    /** Reads little-endian configuration space. */
    public long config(int offset, int size) {
        return transport.read(MmioRegisters.CONFIG + offset, size);
    }

    /** Writes little-endian configuration space. */
    public void writeConfig(int offset, int size, long value) {
        transport.write(MmioRegisters.CONFIG + offset, size, value);
    }

    /** Writes zero to the status and forgets the rings. */
    public void reset() {
        write(MmioRegisters.STATUS, 0);
        rings.clear();
    }

    /** What the device offers. */
    public long offered() {
        write(MmioRegisters.DEVICE_FEATURES_SEL, 1);
        long high = read(MmioRegisters.DEVICE_FEATURES);
        write(MmioRegisters.DEVICE_FEATURES_SEL, 0);
        return high << 32 | read(MmioRegisters.DEVICE_FEATURES) & 0xFFFF_FFFFL;
    }

    /** Writes the features to accept. */
    public void accept(long wanted) {
        features = wanted;
        write(MmioRegisters.DRIVER_FEATURES_SEL, 1);
        write(MmioRegisters.DRIVER_FEATURES, (int) (wanted >>> 32));
        write(MmioRegisters.DRIVER_FEATURES_SEL, 0);
        write(MmioRegisters.DRIVER_FEATURES, (int) wanted);
    }

    /** Reset, ACKNOWLEDGE, DRIVER, these features, FEATURES_OK. Returns whether the device agrees. */
    public boolean negotiate(long wanted) {
        reset();
        addStatus(DeviceStatus.ACKNOWLEDGE);
        addStatus(DeviceStatus.DRIVER);
        accept(wanted);
        return addStatus(DeviceStatus.FEATURES_OK);
    }

    /** Makes queues smaller, a power of two; 256 descriptors otherwise. */
    public void limitQueues(int descriptors) {
        mostDescriptors = descriptors;
    }

    /** The whole way up with all features and all queues. */
    public void start() {
        start(offered());
    }

    /** The whole way up with these features and all queues, of 256 descriptors or what the device allows. */
    public void start(long wanted) {
        if (!negotiate(wanted)) {
            throw new IllegalStateException("the device does not agree to 0x" + Long.toHexString(wanted));
        }
        setUpQueues();
        if (!addStatus(DeviceStatus.DRIVER_OK)) {
            throw new IllegalStateException("no DRIVER_OK");
        }
    }

    /** Makes every queue ready. */
    public void setUpQueues() {
        for (int queue = 0; queue < transport.device().queues(); queue++) {
            setUpQueue(queue, Math.min(mostDescriptors, transport.device().queueSize(queue)));
        }
    }

    /** Lays a queue out in fresh memory and makes it ready. */
    public MockRing setUpQueue(int queue, int size) {
        long descriptors = allocate(16 * size);
        QueueLayout layout = new QueueLayout(size, descriptors, allocate(6 + 2 * size), allocate(6 + 8 * size));
        MockRing ring = new MockRing(memory, layout, (features & 1L << 29) != 0);
        rings.add(ring);
        makeReady(queue, layout);
        return ring;
    }

    /** Writes a queue's registers, whatever the layout says. */
    public void makeReady(int queue, QueueLayout layout) {
        write(MmioRegisters.QUEUE_SEL, queue);
        write(MmioRegisters.QUEUE_NUM, layout.size());
        writeAddress(MmioRegisters.QUEUE_DESC_LOW, layout.descriptors());
        writeAddress(MmioRegisters.QUEUE_DRIVER_LOW, layout.available());
        writeAddress(MmioRegisters.QUEUE_DEVICE_LOW, layout.used());
        write(MmioRegisters.QUEUE_READY, 1);
    }

    private void writeAddress(int low, long address) {
        write(low, (int) address);
        write(low + 4, (int) (address >>> 32));
    }

    public MockRing ring(int queue) {
        return rings.get(queue);
    }

    /** Fresh guest memory, at a multiple of 16. */
    public long allocate(int bytes) {
        long address = nextFree;
        nextFree += bytes + 15 & ~15;
        if (nextFree > MEMORY) {
            throw new IllegalStateException("the driver's memory is full");
        }
        return address;
    }

    /** Forgets all that was allocated; the rings are gone. */
    public void rewind() {
        nextFree = FIRST_FREE;
        rings.clear();
    }

    /** Notifies the device of a queue, whether it wants to hear or not. */
    public void kick(int queue) {
        write(MmioRegisters.QUEUE_NOTIFY, queue);
    }

    /** Edges of the device's interrupt so far. */
    public int interrupts() {
        return wiring.interrupts();
    }

    /** What Linux's interrupt handler does first: reads InterruptStatus and acknowledges it. */
    public int acknowledge() {
        int status = read(MmioRegisters.INTERRUPT_STATUS);
        write(MmioRegisters.INTERRUPT_ACK, status);
        return status;
    }

    /**
     * Sends a request of one readable and one writable buffer, kicks and waits for the answer.
     *
     * @param request may be empty
     * @param room bytes of the writable buffer, which may be 0
     * @return what the device says it wrote
     */
    public byte[] call(int queue, byte[] request, int room) {
        long from = allocate(Math.max(1, request.length));
        long to = allocate(Math.max(1, room));
        memory.write(from, request);
        MockRing ring = ring(queue);
        if (room == 0) {
            ring.post(1, from, request.length);
        } else if (request.length == 0) {
            ring.post(0, to, room);
        } else {
            ring.post(1, from, request.length, to, room);
        }
        if (ring.needsKick()) {
            kick(queue);
        }
        awaitUsed(queue);
        return memory.read(to, (int) ring.takeUsed());
    }

    /** Waits until a buffer of the queue is used. */
    public void awaitUsed(int queue) {
        MockRing ring = ring(queue);
        try {
            while (true) {
                int before = wiring.interrupts();
                if (ring.hasUsed()) {
                    return;
                }
                wiring.awaitInterrupt(before, AWAIT_MILLIS);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Ends the device and frees the memory; complains of what the event loop had to report. */
    @Override
    public void close() {
        transport.close();
        loop.close();
        memory.close();
        synchronized (this) {
            if (!failures.isEmpty()) {
                throw new AssertionError("the event loop reported failures", failures.getFirst());
            }
        }
    }
}
