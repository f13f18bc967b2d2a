package dev.jvmm.virtio.transport;

import dev.jvmm.bus.BusDevice;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.state.Stateful;
import dev.jvmm.virtio.SharedMemory;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.queue.GuestRam;

/**
 * A device's registers on the MMIO bus, version 2. Reads and writes come from any vCPU, take the device's lock and never fail: what a
 * driver may not do has no effect, reads of it give zero.
 *
 * <p>A kick or a used buffer does not come this way, but through the {@link Wiring}. Two accesses may take long: the write of zero to
 * Status waits for the host's work on guest memory, and DRIVER_OK makes what the kicks need.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 4.2.2
 */
public final class MmioTransport implements BusDevice, Stateful, AutoCloseable {
    /** Bytes of the bus that a device takes. */
    public static final int SIZE = 0x1000;

    /** "JVMM", little-endian. */
    static final int VENDOR = 0x4D4D_564A;

    private final Session session;
    private final VirtioDevice device;
    private final StatusListener statusListener;
    private int deviceFeaturesSel;
    private int driverFeaturesSel;
    private int queueSel;
    private int shmSel;

    /**
     * Attaches a device, which no driver has seen yet.
     *
     * @param ram the machine's; one for all of its devices
     */
    public MmioTransport(VirtioDevice device, GuestRam ram, Wiring wiring) {
        this(device, ram, wiring, StatusListener.NONE);
    }

    /** As {@link #MmioTransport(VirtioDevice, GuestRam, Wiring)}, for an owner who wants to hear of the driver. */
    public MmioTransport(VirtioDevice device, GuestRam ram, Wiring wiring, StatusListener statusListener) {
        this.device = device;
        this.statusListener = statusListener;
        session = new Session(device, ram, wiring);
    }

    /** The device behind it. */
    public VirtioDevice device() {
        return device;
    }

    /** The device's status field; for {@code DRIVER_OK} and the like. Any thread. */
    public int status() {
        synchronized (session.lock()) {
            return session.status();
        }
    }

    @Override
    public long read(long offset, int size) {
        if (offset == MmioRegisters.INTERRUPT_STATUS && size == Integer.BYTES) {
            return session.interrupts().bits();
        }
        synchronized (session.lock()) {
            if (session.isClosed()) {
                return 0;
            }
            if (offset >= MmioRegisters.CONFIG) {
                return device.config().read(offset - MmioRegisters.CONFIG, size);
            }
            return size == Integer.BYTES ? register((int) offset) & 0xFFFF_FFFFL : 0;
        }
    }

    private int register(int offset) {
        return switch (offset) {
            case MmioRegisters.MAGIC_VALUE -> MmioRegisters.MAGIC;
            case MmioRegisters.VERSION -> MmioRegisters.VERSION_2;
            case MmioRegisters.DEVICE_ID -> device.type();
            case MmioRegisters.VENDOR_ID -> VENDOR;
            case MmioRegisters.DEVICE_FEATURES -> session.features().offeredWord(deviceFeaturesSel);
            case MmioRegisters.QUEUE_NUM_MAX -> hasQueue() ? queue().most : 0;
            case MmioRegisters.QUEUE_READY -> hasQueue() && queue().isReady(session.ram()) ? 1 : 0;
            case MmioRegisters.STATUS -> session.status();
            case MmioRegisters.SHM_LEN_LOW -> (int) sharedLength();
            case MmioRegisters.SHM_LEN_HIGH -> (int) (sharedLength() >>> 32);
            case MmioRegisters.SHM_BASE_LOW -> (int) sharedBase();
            case MmioRegisters.SHM_BASE_HIGH -> (int) (sharedBase() >>> 32);
            case MmioRegisters.CONFIG_GENERATION -> device.config().generation();
            default -> 0;
        };
    }

    private boolean hasQueue() {
        return queueSel >= 0 && queueSel < session.queues().count();
    }

    private QueueSetup queue() {
        return session.queues().get(queueSel);
    }

    /** 4.2.2: all ones for a region that is not there. */
    private long sharedLength() {
        for (SharedMemory region : device.sharedMemory()) {
            if (region.id() == shmSel) {
                return region.length();
            }
        }
        return -1;
    }

    private long sharedBase() {
        for (SharedMemory region : device.sharedMemory()) {
            if (region.id() == shmSel) {
                return region.address();
            }
        }
        return -1;
    }

    @Override
    public void write(long offset, int size, long value) {
        if (offset == MmioRegisters.INTERRUPT_ACK && size == Integer.BYTES) {
            session.interrupts().acknowledge((int) value);
            return;
        }
        synchronized (session.lock()) {
            if (session.isClosed()) {
                return;
            }
            if (offset >= MmioRegisters.CONFIG) {
                writeConfig((int) offset - MmioRegisters.CONFIG, size, value);
            } else if (size == Integer.BYTES) {
                writeRegister((int) offset, (int) value);
            }
        }
    }

    /** Also while the device needs a reset: a console's emergency write is for such times (5.3.5). */
    private void writeConfig(int offset, int size, long value) {
        if (size <= device.config().size() - offset) {
            session.guard(() -> device.configWritten(offset, size, value));
        }
    }

    private void writeRegister(int offset, int value) {
        switch (offset) {
            case MmioRegisters.DEVICE_FEATURES_SEL -> deviceFeaturesSel = value;
            case MmioRegisters.DRIVER_FEATURES_SEL -> driverFeaturesSel = value;
            case MmioRegisters.DRIVER_FEATURES -> session.acceptFeatures(driverFeaturesSel, value);
            case MmioRegisters.QUEUE_SEL -> queueSel = value;
            case MmioRegisters.SHM_SEL -> shmSel = value;
            case MmioRegisters.STATUS -> writeStatus(value);
            case MmioRegisters.QUEUE_NOTIFY -> notifyQueue(value);
            case MmioRegisters.QUEUE_READY -> writeReady(value);
            default -> writeSetup(offset, value);
        }
    }

    private void writeStatus(int value) {
        session.writeStatus(value);
        if (value == 0) {
            deviceFeaturesSel = 0;
            driverFeaturesSel = 0;
            queueSel = 0;
            shmSel = 0;
        }
        statusListener.statusWritten(session.status());
    }

    /** A kick that KVM did not catch, such as one before the doorbell was bound. */
    private void notifyQueue(int queue) {
        if (queue >= 0 && queue < session.queues().count()) {
            session.ring(queue);
        }
    }

    private void writeReady(int value) {
        if (hasQueue() && value == 1) {
            session.makeReady(queueSel);
        } else if (hasQueue() && value == 0) {
            session.stopQueue(queueSel);
        }
    }

    /** Size and addresses, which are frozen while the queue is ready. */
    private void writeSetup(int offset, int value) {
        if (!hasQueue() || !session.isNegotiating() || queue().isFrozen()) {
            return;
        }
        QueueSetup queue = queue();
        switch (offset) {
            case MmioRegisters.QUEUE_NUM -> queue.size = value;
            case MmioRegisters.QUEUE_DESC_LOW -> queue.descriptors = low(queue.descriptors, value);
            case MmioRegisters.QUEUE_DESC_HIGH -> queue.descriptors = high(queue.descriptors, value);
            case MmioRegisters.QUEUE_DRIVER_LOW -> queue.available = low(queue.available, value);
            case MmioRegisters.QUEUE_DRIVER_HIGH -> queue.available = high(queue.available, value);
            case MmioRegisters.QUEUE_DEVICE_LOW -> queue.used = low(queue.used, value);
            case MmioRegisters.QUEUE_DEVICE_HIGH -> queue.used = high(queue.used, value);
            default -> {
                // read-only, or no register
            }
        }
    }

    private static long low(long before, int value) {
        return before & ~0xFFFF_FFFFL | value & 0xFFFF_FFFFL;
    }

    private static long high(long before, int value) {
        return before & 0xFFFF_FFFFL | (long) value << 32;
    }

    /**
     * Before a snapshot: returns when nothing works on guest memory for the device; nothing begins until {@link #resume}. No vCPU may be
     * running.
     *
     * @throws InterruptedException and goes on as before
     */
    public void pause() throws InterruptedException {
        session.pause();
    }

    /** Goes on after {@link #pause}, or begins after {@link #restore}: when all of the machine is in place. */
    public void resume() {
        session.resume();
    }

    /** The machine has ended: a vCPU that waits in a reset goes on. {@link #close} follows when the vCPUs are out. */
    public void release() {
        session.release();
    }

    /**
     * Ends the device: nothing of it runs afterwards, and the host has let guest memory go. Take it off the bus first. Not on the event
     * loop's thread.
     *
     * @throws IllegalStateException when the host does not let go within 30 seconds; guest memory has to stay mapped then
     */
    @Override
    public void close() {
        session.close();
    }

    @Override
    public int stateVersion() {
        return 1;
    }

    /** Paused, or without a driver. */
    @Override
    public void save(StateWriter out) {
        synchronized (session.lock()) {
            out.int32(device.type());
            out.int32(deviceFeaturesSel).int32(driverFeaturesSel).int32(queueSel).int32(shmSel);
            SessionState.save(session, out);
        }
    }

    /** Stays paused until {@link #resume}. */
    @Override
    public void restore(StateReader in) {
        synchronized (session.lock()) {
            int type = in.int32();
            if (type != device.type()) {
                throw in.bad("is of a device of type " + type + ", and this one has type " + device.type());
            }
            deviceFeaturesSel = in.int32();
            driverFeaturesSel = in.int32();
            queueSel = in.int32();
            shmSel = in.int32();
            SessionState.restore(session, in);
        }
    }
}
