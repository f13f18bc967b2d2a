package dev.jvmm.legacy;

/** What a guest says about its own life through a register. */
public enum PowerEvent {
    /** It switched itself off (ACPI S5). */
    POWER_OFF,
    /** It asked to be started anew. */
    RESET,
    /** Its kernel panicked. Linux says so before it acts on {@code panic=}, so a reset may follow. */
    PANIC,
    /** Its kernel panicked and a crash kernel takes over; the guest goes on. */
    CRASH_KERNEL
}
