package dev.jvmm.machine;

import dev.jvmm.acpi.AcpiTables;
import dev.jvmm.acpi.Nfit;
import dev.jvmm.acpi.Nvdimm;
import dev.jvmm.acpi.VirtioSlot;
import dev.jvmm.assist.EmulatedHost;
import dev.jvmm.boot.BootException;
import dev.jvmm.boot.BootSource;
import dev.jvmm.boot.CommandLine;
import dev.jvmm.boot.InitialCpuState;
import dev.jvmm.boot.KernelLoader;
import dev.jvmm.boot.LoadRequest;
import dev.jvmm.boot.MpTable;
import dev.jvmm.config.ConfigException;
import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;
import java.util.ArrayList;
import java.util.List;

/** Chooses what the kernel is told of its machine, and loads it. */
final class KernelSetup {
    private KernelSetup() {}

    static InitialCpuState load(
            MachineConfig config, GuestMemory memory, List<Nvdimm> nvdimms, MachineListener listener) {
        boolean emulated = EmulatedHost.isThisOne();
        if (emulated) {
            listener.notice(EmulatedHost.notice());
        }
        try (BootSource kernel = BootSource.kernel(config.kernel())) {
            boolean acpi = config.acpi() == AcpiMode.ON || config.acpi() == AcpiMode.AUTO && !emulated;
            if (!acpi && config.nvdimmPlaces() > 0) {
                throw new ConfigException("NVDIMMs are told of by ACPI, which is off here"
                        + (emulated ? ", since this host's KVM only emulates" : "") + ": use --pmem, or --acpi on");
            }
            LoadRequest request = LoadRequest.of(memory, kernel)
                    .withProtocol(config.protocol())
                    .withCommandLine(line(config, emulated, acpi));
            request = acpi
                    ? request.withAcpi(new AcpiTables(config.cpus(), slots(config.slots()), config.nvdimmPlaces(),
                            nvdimms.isEmpty() ? List.of() : List.of(Nfit.table(nvdimms))))
                    : request.withMpTable(new MpTable(config.cpus()));
            if (config.initrd().isEmpty()) {
                return KernelLoader.load(request).cpu();
            }
            try (BootSource initrd = BootSource.initrd(config.initrd().get())) {
                return KernelLoader.load(request.withInitrd(initrd)).cpu();
            }
        } catch (BootException e) {
            throw new ConfigException(e.getMessage());
        }
    }

    private static CommandLine line(MachineConfig config, boolean emulated, boolean acpi) {
        CommandLine line = CommandLine.of(config.commandLine());
        if (emulated) {
            line = line.prepend(EmulatedHost.words());
        }
        if (acpi) {
            return line;
        }
        for (int slot = 0; slot < config.slots(); slot++) {
            line = line.virtioMmio(
                    AddressMap.VIRTIO_MMIO_STRIDE, AddressMap.virtioAddress(slot), AddressMap.virtioGsi(slot));
        }
        return line.append("acpi=off");
    }

    private static List<VirtioSlot> slots(int count) {
        List<VirtioSlot> slots = new ArrayList<>(count);
        for (int slot = 0; slot < count; slot++) {
            slots.add(new VirtioSlot(
                    slot,
                    AddressMap.virtioAddress(slot),
                    AddressMap.VIRTIO_MMIO_STRIDE,
                    AddressMap.virtioGsi(slot)));
        }
        return slots;
    }
}
