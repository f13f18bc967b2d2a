package dev.jvmm.machine;

import dev.jvmm.vm.Outcome;
import java.util.Optional;

/**
 * A virtual machine: made, started once, awaited, closed. All methods may be called from any thread.
 */
public interface Machine extends AutoCloseable {
    /** Lets the vCPUs run; at most once. */
    void start();

    /** Waits until the machine has ended, by itself or by {@link #stop}, and its vCPUs have left the guest. */
    Outcome await() throws InterruptedException;

    /** Makes a running machine end at once with {@link Outcome.Kind#STOPPED}; does nothing when it has ended. */
    void stop();

    /**
     * The Linux threads of the vCPUs by their number, for whoever pins or accounts them; 0 for one that has not come up yet or
     * has ended.
     */
    int[] vcpuThreadIds();

    /** What pauses and saves this machine; empty for one that can not be saved. */
    default Optional<MachineSaver> saver() {
        return Optional.empty();
    }

    /** The machine's places for devices; empty for one whose devices are not jvmm's. */
    default Optional<DeviceSlots> slots() {
        return Optional.empty();
    }

    /** The machine's places for NVDIMMs; empty for one without. */
    default Optional<NvdimmPlaces> nvdimms() {
        return Optional.empty();
    }

    /** Stops the machine if need be and gives everything back to the host. */
    @Override
    void close();
}
