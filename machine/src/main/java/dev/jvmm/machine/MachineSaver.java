package dev.jvmm.machine;

import dev.jvmm.memory.GuestMemory;
import dev.jvmm.state.StateRecord;
import java.util.List;

/** Stops a machine in its tracks and tells all that it is. Any thread; calls that overlap wait for one another. */
public interface MachineSaver {
    /**
     * Stops all vCPUs and returns when the last has left the guest; at once when the machine has ended.
     *
     * @return false when it has
     */
    boolean pause() throws InterruptedException;

    /** Lets the vCPUs of a paused machine run on. */
    void resume();

    /**
     * The state of everything but RAM, for {@link MachineRestorer}. The machine may run on, or be saved again.
     *
     * @throws IllegalStateException unless the machine is paused, was not started or has ended
     */
    List<StateRecord> save();

    /**
     * Whether the guest of a machine that was paused has nothing to do until it is interrupted: every vCPU has halted, or was never
     * started. One that was stopped at work goes on with it in each machine that is made from it.
     */
    boolean isIdle();

    /** The RAM, which rests as long as the machine does and is gone when that is closed. */
    GuestMemory memory();
}
