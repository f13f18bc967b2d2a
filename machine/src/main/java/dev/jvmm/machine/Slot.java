package dev.jvmm.machine;

import dev.jvmm.bus.BusDevice;
import dev.jvmm.device.DeviceSpec;
import dev.jvmm.state.Stateless;
import dev.jvmm.virtio.transport.DeviceStatus;
import dev.jvmm.virtio.transport.EmptySlot;
import dev.jvmm.virtio.transport.MmioTransport;
import dev.jvmm.virtio.transport.StatusListener;
import java.time.Duration;
import java.util.Optional;

/**
 * One place on the MMIO bus: what sits there, and what its guest has said of it. What sits where is the {@link SlotList}'s to save, the
 * device's registers are a part of their own, and nobody waits for an answer across a restore: so a slot has no state.
 */
final class Slot implements BusDevice, Stateless, StatusListener {
    private static final EmptySlot NOBODY = new EmptySlot();

    /** Who answers on the bus. */
    private volatile BusDevice registers = NOBODY;

    private Optional<MmioTransport> transport = Optional.empty();
    private Optional<DeviceSpec> spec = Optional.empty();
    private boolean busy;
    private boolean leaving;
    private boolean ended;

    /** The driver's last word in the status field. */
    private int status;

    private boolean answered;
    private String refusal = "";

    /** What may be the reason if the guest never answers. */
    private String hint = "";

    Slot() {}

    @Override
    public long read(long offset, int size) {
        return registers.read(offset, size);
    }

    @Override
    public void write(long offset, int size, long value) {
        registers.write(offset, size, value);
    }

    synchronized Optional<MmioTransport> transport() {
        return transport;
    }

    synchronized Optional<DeviceSpec> spec() {
        return spec;
    }

    /** Whether somebody waits for the guest here. */
    synchronized boolean isBusy() {
        return busy;
    }

    /**
     * Begins a wait; what the guest said before it counts for nothing.
     *
     * @param removal whether the device is to go
     */
    synchronized void begin(boolean removal) {
        busy = true;
        leaving = removal;
        answered = false;
        refusal = "";
        hint = "";
    }

    /** Ends a wait. */
    synchronized void end() {
        busy = false;
    }

    synchronized void fill(DeviceSpec what, MmioTransport device) {
        spec = Optional.of(what);
        transport = Optional.of(device);
        registers = device;
    }

    /** Returns what was here; nobody can reach it over the bus any more, but for accesses that are on their way. */
    synchronized MmioTransport empty() {
        MmioTransport was = transport.orElseThrow();
        registers = NOBODY;
        transport = Optional.empty();
        spec = Optional.empty();
        status = 0;
        return was;
    }

    @Override
    public synchronized void statusWritten(int now) {
        status = now;
        notifyAll();
    }

    synchronized void answered(String word) {
        if (busy) {
            answered = true;
            refusal = word;
            notifyAll();
        }
    }

    synchronized void noted(String why) {
        hint = why;
    }

    /** The guest has given the device back. Whether somebody waits, who will hear of it. */
    synchronized boolean givenBack() {
        if (busy) {
            answered = true;
            refusal = leaving ? "" : "it has ejected the device";
            notifyAll();
        }
        return busy;
    }

    /** The machine has ended: nobody answers any more. */
    synchronized void machineEnded() {
        ended = true;
        notifyAll();
    }

    /** Waits for a driver to take the device; returns why it did not, or "". */
    synchronized String awaitDriver(Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            if ((status & DeviceStatus.FAILED) != 0) {
                return "the guest's driver gave up on it";
            }
            if ((status & DeviceStatus.DRIVER_OK) != 0) {
                return "";
            }
            if (!refusal.isEmpty()) {
                return "the guest says: " + refusal;
            }
            if (ended) {
                return "the machine has ended";
            }
            if (!waitUntil(deadline)) {
                return "no driver in the guest took it within " + patience.toMillis() + " ms" + why();
            }
        }
    }

    /** Waits for the guest to let go of the device; returns why it did not, or "". */
    synchronized String awaitRelease(Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!ended) {
            if (answered) {
                return refusal.isEmpty() ? "" : "the guest says: " + refusal;
            }
            if (!waitUntil(deadline)) {
                return status == 0 ? ""
                        : "the guest did not let go of it within " + patience.toMillis() + " ms" + why();
            }
        }
        return "";
    }

    private String why() {
        return hint.isEmpty() ? "" : "; " + hint;
    }

    private boolean waitUntil(long deadline) throws InterruptedException {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
            return false;
        }
        wait(left / 1_000_000 + 1);
        return true;
    }
}
