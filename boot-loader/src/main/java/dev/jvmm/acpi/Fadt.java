package dev.jvmm.acpi;

import dev.jvmm.memory.AddressMap;
import java.nio.ByteBuffer;

/**
 * The fixed ACPI description table of a hardware-reduced machine, revision 6.5: no fixed registers but those for sleep
 * and reset, so no FACS either.
 *
 * @see "ACPI 6.5 section 5.2.9"
 */
final class Fadt {
    private static final int SIZE = 276;
    private static final int MAJOR = 6;
    private static final int MINOR = 5;

    private static final int DSDT = 40;
    private static final int BOOT_ARCHITECTURE = 109;
    private static final int FLAGS = 112;
    private static final int RESET_REGISTER = 116;
    private static final int RESET_VALUE = 128;
    private static final int MINOR_VERSION = 131;
    private static final int X_DSDT = 140;
    private static final int SLEEP_CONTROL = 244;
    private static final int SLEEP_STATUS = 256;
    private static final int HYPERVISOR_VENDOR = 268;

    private static final int WBINVD = 1;
    private static final int POWER_BUTTON_IS_A_DEVICE = 1 << 4;
    private static final int SLEEP_BUTTON_IS_A_DEVICE = 1 << 5;
    private static final int RESET_REG_SUP = 1 << 10;
    private static final int HW_REDUCED_ACPI = 1 << 20;

    /** VGA is not there. Neither is a keyboard controller, whose bit stays 0: then Linux does not look for one. */
    private static final int NO_VGA = 1 << 2;

    /** A hard reset with the CPU, as the chipsets that have this port understand it. */
    private static final int RESET_ALL = 6;

    private static final byte SYSTEM_IO = 1;
    private static final byte BYTE_ACCESS = 1;

    private Fadt() {}

    static byte[] of(long dsdt) {
        ByteBuffer table = TableBuilder.begin("FACP", MAJOR, SIZE);
        table.putInt(DSDT, (int) dsdt);
        table.putShort(BOOT_ARCHITECTURE, (short) NO_VGA);
        table.putInt(
                FLAGS,
                WBINVD | POWER_BUTTON_IS_A_DEVICE | SLEEP_BUTTON_IS_A_DEVICE | RESET_REG_SUP | HW_REDUCED_ACPI);
        putPort(table, RESET_REGISTER, AddressMap.PORT_RESET);
        table.put(RESET_VALUE, (byte) RESET_ALL);
        table.put(MINOR_VERSION, (byte) MINOR);
        table.putLong(X_DSDT, dsdt);
        putPort(table, SLEEP_CONTROL, AddressMap.PORT_ACPI_SLEEP_CONTROL);
        putPort(table, SLEEP_STATUS, AddressMap.PORT_ACPI_SLEEP_STATUS);
        table.position(HYPERVISOR_VENDOR).put(TableBuilder.ascii("JVMM"));
        return TableBuilder.finish(table);
    }

    /** A generic address structure: an 8-bit port. */
    private static void putPort(ByteBuffer table, int at, int port) {
        table.put(at, SYSTEM_IO).put(at + 1, (byte) Byte.SIZE).put(at + 2, (byte) 0).put(at + 3, BYTE_ACCESS);
        table.putLong(at + 4, port);
    }
}
