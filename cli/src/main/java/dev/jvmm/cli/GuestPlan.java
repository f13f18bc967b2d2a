package dev.jvmm.cli;

import dev.jvmm.assist.EmulatedHost;
import dev.jvmm.device.DeviceSpec;
import dev.jvmm.device.RootDisk;
import dev.jvmm.guest.EmbeddedGuest;
import dev.jvmm.machine.MachineConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Which guest a {@code boot} is about.
 *
 * @param machine what to make, but for the devices
 * @param devices what goes into its slots, at boot or into a clone
 * @param orders whether jvmm's own init runs in it and takes orders over the channel
 * @param ours whether kernel and initial RAM disk are those that are part of jvmm
 */
record GuestPlan(MachineConfig machine, List<DeviceSpec> devices, boolean orders, boolean ours) {
    private static final String OTHER_LINE = "console=ttyS0 panic=-1";

    /** The guest that the options ask for; unpacks jvmm's own if it is needed. */
    static GuestPlan of(BootOptions options) {
        if (options.root().isPresent()) {
            return ofRootDisk(options);
        }
        Optional<Path> kernel = options.kernel();
        Optional<Path> initrd = options.initrd();
        boolean ours = kernel.isEmpty() && initrd.isEmpty();
        boolean orders = ours || !options.command().isEmpty();
        if (kernel.isPresent() && (initrd.isPresent() || !orders)) {
            String line = options.commandLine().orElse(OTHER_LINE);
            return new GuestPlan(options.machine(kernel.get(), initrd, line), options.devices(), orders, false);
        }
        EmbeddedGuest guest = new EmbeddedGuest();
        Path ram = initrd.isEmpty() ? guest.initramfs() : initrd.get();
        String line = kernel.isEmpty() ? ownLine(options) : options.commandLine().orElse(OTHER_LINE);
        Path file = kernel.isEmpty() ? guest.kernel() : kernel.get();
        return new GuestPlan(options.machine(file, Optional.of(ram), line), options.devices(), orders, ours);
    }

    /** A guest that lives on a disk: with the kernel and the initial RAM disk that were given, or jvmm's own kernel and none. */
    private static GuestPlan ofRootDisk(BootOptions options) {
        Path kernel = options.kernel().isPresent() ? options.kernel().get() : new EmbeddedGuest().kernel();
        String base = options.kernel().isPresent()
                ? OTHER_LINE
                : EmbeddedGuest.commandLine(EmulatedHost.isThisOne());
        String line = base + " " + RootDisk.of(options.root().orElseThrow()).words("vda");
        if (options.commandLine().isPresent()) {
            line = line + " " + options.commandLine().get();
        }
        return new GuestPlan(options.machine(kernel, options.initrd(), line), options.devices(), false, false);
    }

    /** What to make when the devices are there from the start. */
    MachineConfig whole() {
        return machine.withDevices(devices);
    }

    private static String ownLine(BootOptions options) {
        String line = EmbeddedGuest.commandLine(EmulatedHost.isThisOne());
        String added = options.commandLine().orElse("");
        return added.isEmpty() ? line : line + " " + added;
    }
}
