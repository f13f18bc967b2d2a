package dev.jvmm.machine;

/**
 * Hears how a machine comes up. Each method is called at most once, in this order, {@link #notice} any time before the first
 * run; {@link #firstRun} comes on a vCPU's thread, the others on the thread that creates and starts the machine. Must not block.
 */
public interface MachineListener {
    /** The VM exists: memory, interrupt controller and vCPUs are made. */
    default void vmCreated() {}

    /** The kernel, initrd and tables are in guest memory. */
    default void kernelLoaded() {}

    /** In place of {@link #kernelLoaded}: the machine stands where a saved one stood. */
    default void restored() {}

    /** The first vCPU is about to enter the guest for the first time. */
    default void firstRun() {}

    /** Something a person should know, such as why this host is slow; one sentence. */
    default void notice(String message) {}
}
