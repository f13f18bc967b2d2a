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
    /**
     * For jvmm's own guest, whose kernel can tell of a panic and switch off through ports when it has no ACPI
     * ({@code guest-kernel/README.md}). A panic ends the machine at once.
     */
    private static final String GUEST_LINE = "console=ttyS0 quiet panic=-1 reboot=k panic_port=0x505,1"
            + " poweroff_port=0x600,0x34 rootfstype=ramfs";

    /** What jvmm's own guest leaves out on a host that emulates its kernel, to start sooner. */
    private static final String SLOW_GUEST_LINE = GUEST_LINE + " pci=off noreplace-smp rodata=off ipv6.disable=1";

    private static final String OTHER_LINE = "console=ttyS0 panic=-1";

    /** The guest that the options ask for; unpacks jvmm's own if it is needed. */
    static GuestPlan of(BootOptions options) {
        Optional<Path> kernel = options.kernel();
        Optional<Path> initrd = options.initrd();
        boolean ours = kernel.isEmpty() && initrd.isEmpty();
        boolean orders = ours || !options.command().isEmpty();
        if (orders && initrd.isEmpty()) {
            initrd = Optional.of(new EmbeddedGuest().initramfs());
        }
        String line = kernel.isEmpty() ? ownLine(options) : options.commandLine().orElse(OTHER_LINE);
        Path file = kernel.isEmpty() ? new EmbeddedGuest().kernel() : kernel.get();
        return new GuestPlan(options.machine(file, initrd, line), orders, ours);
    }

    private static String ownLine(BootOptions options) {
        String line = EmulatedHost.isThisOne() ? SLOW_GUEST_LINE : GUEST_LINE;
        String added = options.commandLine().orElse("");
        return added.isEmpty() ? line : line + " " + added;
    }
}
