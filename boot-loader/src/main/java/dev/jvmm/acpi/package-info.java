/** The ACPI tables of a hardware-reduced machine, one file each. */
package dev.jvmm.acpi;
