package dev.jvmm.cli;

import dev.jvmm.assist.EmulatedHost;
import dev.jvmm.guest.EmbeddedGuest;
import dev.jvmm.machine.MachineConfig;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Which guest a {@code boot} is about.
 *
 * @param machine what to make
 * @param orders whether jvmm's own init runs in it and takes orders over the channel
 * @param ours whether kernel and initial RAM disk are those that are part of jvmm
 */
record GuestPlan(MachineConfig machine, boolean orders, boolean ours) {
    private static final String OTHER_LINE = "console=ttyS0 panic=-1";

    /** The guest that the options ask for; unpacks jvmm's own if it is needed. */
    static GuestPlan of(BootOptions options) {
        Optional<Path> kernel = options.kernel();
        Optional<Path> initrd = options.initrd();
        boolean ours = kernel.isEmpty() && initrd.isEmpty();
        boolean orders = ours || !options.command().isEmpty();
        if (kernel.isPresent() && (initrd.isPresent() || !orders)) {
            String line = options.commandLine().orElse(OTHER_LINE);
            return new GuestPlan(options.machine(kernel.get(), initrd, line), orders, false);
        }
        EmbeddedGuest guest = new EmbeddedGuest();
        Path ram = initrd.isEmpty() ? guest.initramfs() : initrd.get();
        String line = kernel.isEmpty() ? ownLine(options) : options.commandLine().orElse(OTHER_LINE);
        Path file = kernel.isEmpty() ? guest.kernel() : kernel.get();
        return new GuestPlan(options.machine(file, Optional.of(ram), line), orders, ours);
    }

    private static String ownLine(BootOptions options) {
        String line = EmbeddedGuest.commandLine(EmulatedHost.isThisOne());
        String added = options.commandLine().orElse("");
        return added.isEmpty() ? line : line + " " + added;
    }
}
