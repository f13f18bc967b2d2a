package dev.jvmm.runtime.backend;

import java.nio.file.Path;

/**
 * How QEMU is run.
 *
 * @param binary its program
 * @param accelerator what runs the guest's instructions
 */
public record QemuOptions(Path binary, Accelerator accelerator) {
    /** What runs the guest's instructions. */
    public enum Accelerator {
        /** The host's KVM. */
        KVM("kvm", "host"),
        /** QEMU's own translator, slow but everywhere. */
        TCG("tcg", "max");

        private final String option;
        private final String cpu;

        Accelerator(String option, String cpu) {
            this.option = option;
            this.cpu = cpu;
        }

        String option() {
            return option;
        }

        /** The CPU model with all that the accelerator can do. */
        String cpu() {
            return cpu;
        }
    }
}
