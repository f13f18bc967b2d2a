package dev.jvmm.cli;

import dev.jvmm.boot.BootProtocol;
import dev.jvmm.config.ConfigException;
import dev.jvmm.config.MemorySize;
import dev.jvmm.device.RootSpec;
import dev.jvmm.machine.AcpiMode;

/** What the texts of options stand for; a {@link UsageException} says which would do. */
final class OptionValues {
    private OptionValues() {}

    static int number(BootOption option, String value, int least, int most) {
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new UsageException(
                    option.text + " '" + value + "': give a number between " + least + " and " + most);
        }
    }

    static long size(BootOption option, String value) {
        try {
            return MemorySize.parse(value);
        } catch (ConfigException e) {
            throw new UsageException(option.text + " " + e.getMessage() + ", between 1 MiB and 4 TiB");
        }
    }

    static BootProtocol protocolNamed(String value) {
        return switch (value) {
            case "auto" -> BootProtocol.AUTO;
            case "linux64" -> BootProtocol.LINUX64;
            case "pvh" -> BootProtocol.PVH;
            default -> throw new UsageException("--protocol '" + value + "': give auto, linux64 or pvh");
        };
    }

    static AcpiMode acpiNamed(String value) {
        return switch (value) {
            case "auto" -> AcpiMode.AUTO;
            case "on" -> AcpiMode.ON;
            case "off" -> AcpiMode.OFF;
            default -> throw new UsageException("--acpi '" + value + "': give on, off or auto");
        };
    }

    static RootSpec root(String value) {
        try {
            return RootSpec.parse(value);
        } catch (ConfigException e) {
            throw new UsageException("--root: " + e.getMessage());
        }
    }
}
