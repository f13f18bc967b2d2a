package dev.jvmm.virtio.transport;

import dev.jvmm.memory.GuestMemoryException;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.queue.GuestRam;
import dev.jvmm.virtio.queue.VirtioException;
import dev.jvmm.virtio.queue.Virtqueue;

/**
 * A device and what its driver has done to it: status, features, queues. Knows nothing of registers.
 *
 * <p>One lock, {@link #lock}, guards this and the device behind it. Only the {@link #interrupts} go without it. Nobody holds the lock
 * while blocking, but for waits on the lock itself, which let it go.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 2.1, 2.2, 2.4, 3.1
 */
final class Session {
    /** How long {@link #close} waits for the host's work on guest memory. */
    private static final long CLOSE_MILLIS = 30_000;

    private final Object lock = new Object();
    private final VirtioDevice device;
    private final GuestRam ram;
    private final Wiring wiring;
    private final GuardedHost host;
    private final DeviceLog log;
    private final InterruptStatus interrupts;
    private final QueueBank queues;
    private final Negotiation features;
    private int status;
    private boolean resetting;
    private boolean pausing;
    private boolean frozen;
    private boolean released;
    private boolean closed;

    Session(VirtioDevice device, GuestRam ram, Wiring wiring) {
        this.device = device;
        this.ram = ram;
        this.wiring = wiring;
        interrupts = new InterruptStatus(wiring);
        queues = new QueueBank(device, ram);
        features = new Negotiation(device);
        log = new DeviceLog(device);
        host = new GuardedHost(this, wiring);
        synchronized (lock) {
            device.attach(host);
        }
    }

    Object lock() {
        return lock;
    }

    VirtioDevice device() {
        return device;
    }

    GuestRam ram() {
        return ram;
    }

    boolean isFrozen() {
        return frozen;
    }

    boolean isClosed() {
        return closed;
    }

    int status() {
        return status;
    }

    Negotiation features() {
        return features;
    }

    QueueBank queues() {
        return queues;
    }

    InterruptStatus interrupts() {
        return interrupts;
    }

    void configChanged() {
        if (has(DeviceStatus.DRIVER_OK) && !resetting && !closed) {
            interrupts.raise(MmioRegisters.INTERRUPT_CONFIG_CHANGE);
        }
    }

    private boolean has(int bit) {
        return (status & bit) != 0;
    }

    /** Whether chains may be taken. */
    private boolean isRunning() {
        return has(DeviceStatus.DRIVER_OK) && !has(DeviceStatus.NEEDS_RESET | DeviceStatus.FAILED) && !resetting
                && !closed;
    }

    /** Whether the driver may still set things up. */
    boolean isNegotiating() {
        return !resetting && !closed && !has(DeviceStatus.NEEDS_RESET | DeviceStatus.FAILED | DeviceStatus.DRIVER_OK);
    }

    /** 2.2.1: the driver's word on 32 bits, until FEATURES_OK. */
    void acceptFeatures(int word, int bits) {
        if (isNegotiating() && !has(DeviceStatus.FEATURES_OK)) {
            features.accept(word, bits);
        }
    }

    /** 2.1.1: bits are only added, each on top of the one before; what breaks the order does not happen. Zero is a reset. */
    void writeStatus(int value) {
        if (value == 0) {
            reset();
            return;
        }
        if (resetting || closed || (status & ~DeviceStatus.NEEDS_RESET & ~value) != 0) {
            return;
        }
        status |= value & DeviceStatus.FAILED;
        if (!isNegotiating()) {
            return;
        }
        status |= value & DeviceStatus.ACKNOWLEDGE;
        if ((value & DeviceStatus.DRIVER) != 0 && has(DeviceStatus.ACKNOWLEDGE)) {
            status |= DeviceStatus.DRIVER;
        }
        if ((value & DeviceStatus.FEATURES_OK) != 0 && has(DeviceStatus.DRIVER) && features.isFine()) {
            status |= DeviceStatus.FEATURES_OK;
        }
        if ((value & DeviceStatus.DRIVER_OK) != 0 && has(DeviceStatus.FEATURES_OK)) {
            activate();
        }
    }

    /** 4.2.2.2: freezes a queue. What the driver lied about is the end of the device until it is reset. */
    void makeReady(int index) {
        if (!isNegotiating() || !has(DeviceStatus.FEATURES_OK) || queues.get(index).isFrozen()) {
            return;
        }
        try {
            queues.get(index).makeReady(ram, features, interrupts);
        } catch (VirtioException e) {
            needsReset("queue " + index + ": " + e.getMessage());
        }
    }

    /** The driver takes a queue back: at once, or when nothing of it is in flight any more. The device hears of it. */
    void stopQueue(int index) {
        Virtqueue queue = queues.get(index).queue();
        if (isRunning() && (queue.inFlight() > 0 || queue.isLent())) {
            queues.stop(index);
        } else if (!resetting) {
            queues.get(index).retire(ram);
        }
    }

    private void activate() {
        status |= DeviceStatus.DRIVER_OK;
        guard(this::connect);
        ringAll();
    }

    /** Gives the device its queues. */
    private void connect() {
        queues.connect(wiring, this::kicked);
        device.activate(features.accepted(), queues.all());
    }

    private void kicked(int queue) {
        synchronized (lock) {
            if (isRunning() && !pausing && !frozen && queues.get(queue).queue().isLive()) {
                try {
                    device.notified(queue);
                } catch (RuntimeException | InternalError e) {
                    failed(e);
                }
            }
        }
    }

    /** Has a queue looked at, on the event loop. Any thread. */
    void ring(int queue) {
        synchronized (lock) {
            if (isRunning() && !pausing && !frozen) {
                queues.ring(queue);
            }
        }
    }

    private void ringAll() {
        for (int i = 0; i < queues.count(); i++) {
            ring(i);
        }
    }

    /** With the lock held: runs a device's code. */
    void guard(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | InternalError e) {
            failed(e);
        }
    }

    /** What a device threw: its driver's lie, a bug of ours, or what the JVM makes of a SIGBUS: of memory that the host has lost. */
    void failed(Throwable failure) {
        if (!(failure instanceof VirtioException || failure instanceof GuestMemoryException
                || failure instanceof InternalError)) {
            log.bug(failure);
        }
        needsReset(failure.getMessage() == null ? failure.getClass().getName() : failure.getMessage());
    }

    /** 2.1.2: the device stops, says so once in the log, and tells the driver if that is listening. */
    void needsReset(String reason) {
        if (has(DeviceStatus.NEEDS_RESET) || resetting || closed) {
            return;
        }
        log.needsReset(reason);
        status |= DeviceStatus.NEEDS_RESET;
        queues.retire();
        guard(device::suspend);
        if (has(DeviceStatus.DRIVER_OK)) {
            interrupts.raise(MmioRegisters.INTERRUPT_CONFIG_CHANGE);
        }
    }

    /**
     * 2.4: back to the beginning. Returns when nobody works on guest memory for the device any more: drivers over MMIO do not ask whether
     * the reset is complete. A second vCPU that resets waits for the first one's.
     */
    private void reset() {
        if (resetting || closed) {
            Waits.until(lock, () -> !resetting || released || closed, Long.MAX_VALUE);
            return;
        }
        resetting = true;
        queues.retire();
        guard(device::reset);
        Waits.until(lock, () -> device.idle() || released || closed, Long.MAX_VALUE);
        queues.clear();
        status = 0;
        features.clear();
        interrupts.set(0);
        resetting = false;
        lock.notifyAll();
    }

    /**
     * Lets the host's work on guest memory come to an end and begins no more, for a snapshot. No vCPU may be running.
     *
     * @throws InterruptedException and goes on as before
     */
    void pause() throws InterruptedException {
        synchronized (lock) {
            pausing = true;
            guard(device::suspend);
            try {
                while (!closed && !device.idle()) {
                    lock.wait();
                }
                frozen = true;
            } finally {
                pausing = false;
                if (!frozen) {
                    guard(device::resume);
                }
                ringAll();
            }
        }
    }

    /** Goes on after {@link #pause} or a restore. Looks at every queue, and repeats an interrupt that was not acknowledged. */
    void resume() {
        synchronized (lock) {
            if (frozen) {
                frozen = false;
                host.thaw();
                interrupts.repeat();
                guard(device::resume);
                ringAll();
            }
        }
    }

    /** Takes up a saved session; the device has its own state already. Stays frozen until {@link #resume}. */
    void restore(int savedStatus) {
        status = savedStatus;
        frozen = true;
        device.suspend();
        if (isRunning()) {
            connect();
        }
    }

    /**
     * The end of the device.
     *
     * @throws IllegalStateException when the host still works on guest memory, which must stay mapped then
     */
    void close() {
        boolean idle;
        synchronized (lock) {
            if (closed) {
                return;
            }
            resetting = true;
            queues.retire();
            resume();
            guard(device::reset);
            Waits.until(lock, device::idle, CLOSE_MILLIS);
            idle = device.idle();
            closed = true;
            lock.notifyAll();
        }
        queues.closeDoorbells();
        wiring.close();
        device.close();
        if (!idle) {
            throw new IllegalStateException(device.name() + " still waits for the host after " + CLOSE_MILLIS + " ms");
        }
    }

    void wakeWaiters() {
        lock.notifyAll();
    }

    /** The machine has ended: vCPUs that wait in a reset go on. */
    void release() {
        synchronized (lock) {
            released = true;
            lock.notifyAll();
        }
    }
}
