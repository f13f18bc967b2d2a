package dev.jvmm.cli;

import dev.jvmm.assist.EmulatedHost;
import dev.jvmm.device.DeviceSpec;
import dev.jvmm.device.RootDevice;
import dev.jvmm.device.RootSpec;
import dev.jvmm.guest.EmbeddedGuest;
import dev.jvmm.machine.MachineConfig;
import java.nio.file.Path;
import java.util.ArrayList;
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
    private static final RootDevice.Guest OWN_KERNEL = new RootDevice.Guest(RootSpec.Via.PMEM, true);

    /** The guest that the options ask for; unpacks jvmm's own if it is needed. */
    static GuestPlan of(BootOptions options) {
        if (options.root().isPresent()) {
            return ofRoot(options, options.root().get());
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

    /**
     * A guest with a root file system of its own. With a kernel or an initial RAM disk that were given, the kernel's line names the root
     * and they mount it; jvmm's own init mounts it below an overlay, and makes way for the root's.
     */
    private static GuestPlan ofRoot(BootOptions options, RootSpec given) {
        boolean emulated = EmulatedHost.isThisOne();
        boolean ourKernel = options.kernel().isEmpty();
        boolean ourInit = ourKernel && options.initrd().isEmpty();
        RootSpec root = RootImages.unpacked(given, options.quiet());
        RootDevice device = RootDevice.of(root, ourKernel ? OWN_KERNEL : RootDevice.Guest.UNKNOWN);
        EmbeddedGuest guest = new EmbeddedGuest();
        Path kernel = ourKernel ? guest.kernel() : options.kernel().get();
        Optional<Path> initrd = ourInit ? Optional.of(guest.initramfs()) : options.initrd();
        String added = ourInit ? device.initWords() : device.kernelWords();
        if (options.commandLine().isPresent()) {
            added = added + " " + options.commandLine().get();
        }
        String line = ourKernel ? EmbeddedGuest.commandLine(emulated, added) : OTHER_LINE + " " + added;
        List<DeviceSpec> devices = new ArrayList<>();
        if (device.nvdimm().isPresent()) {
            options.addFirst(device.nvdimm().get());
        }
        if (device.spec().isPresent()) {
            devices.add(device.spec().get());
        }
        devices.addAll(options.devices());
        return new GuestPlan(options.machine(kernel, initrd, line), devices, false, false);
    }

    /** What to make when the devices are there from the start. */
    MachineConfig whole() {
        return machine.withDevices(devices);
    }

    private static String ownLine(BootOptions options) {
        return EmbeddedGuest.commandLine(EmulatedHost.isThisOne(), options.commandLine().orElse(""));
    }
}
