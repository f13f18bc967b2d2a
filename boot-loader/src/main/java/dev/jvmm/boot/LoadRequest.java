package dev.jvmm.boot;

import dev.jvmm.acpi.AcpiTables;
import dev.jvmm.memory.GuestMemory;
import java.util.Optional;

/**
 * What to load.
 *
 * @param memory fresh, so all zero
 * @param kernel read during the load, not closed by it
 * @param initrd as {@code kernel}
 * @param commandLine for the kernel
 * @param protocol how to enter it
 * @param mpTable the table that names processors and interrupts to a kernel without ACPI
 * @param acpi the tables for a kernel with ACPI; a kernel that is given both goes by these
 */
public record LoadRequest(
        GuestMemory memory,
        BootSource kernel,
        Optional<BootSource> initrd,
        CommandLine commandLine,
        BootProtocol protocol,
        Optional<MpTable> mpTable,
        Optional<AcpiTables> acpi) {
    /** A kernel alone: no ramdisk, no words, no tables, {@link BootProtocol#AUTO}. */
    public static LoadRequest of(GuestMemory memory, BootSource kernel) {
        return new LoadRequest(
                memory, kernel, Optional.empty(), CommandLine.EMPTY, BootProtocol.AUTO, Optional.empty(),
                Optional.empty());
    }

    public LoadRequest withInitrd(BootSource source) {
        return new LoadRequest(memory, kernel, Optional.of(source), commandLine, protocol, mpTable, acpi);
    }

    public LoadRequest withCommandLine(CommandLine line) {
        return new LoadRequest(memory, kernel, initrd, line, protocol, mpTable, acpi);
    }

    public LoadRequest withProtocol(BootProtocol wanted) {
        return new LoadRequest(memory, kernel, initrd, commandLine, wanted, mpTable, acpi);
    }

    public LoadRequest withMpTable(MpTable table) {
        return new LoadRequest(memory, kernel, initrd, commandLine, protocol, Optional.of(table), acpi);
    }

    public LoadRequest withAcpi(AcpiTables tables) {
        return new LoadRequest(memory, kernel, initrd, commandLine, protocol, mpTable, Optional.of(tables));
    }
}
