package dev.jvmm.machine;

/** Whether the guest finds its devices through ACPI tables. */
public enum AcpiMode {
    /** Tables where the host can run a kernel's ACPI interpreter at a bearable speed; the MP table where it can not. */
    AUTO,
    /** ACPI tables always. */
    ON,
    /** The MP table, and {@code acpi=off} on the kernel's line. */
    OFF
}
