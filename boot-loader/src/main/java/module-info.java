/** Kernels, the boot protocols, ACPI tables and AML. */
module dev.jvmm.bootloader {
    requires transitive dev.jvmm.core;

    exports dev.jvmm.acpi;
    exports dev.jvmm.aml;
    exports dev.jvmm.boot;
}
