package dev.jvmm.legacy;

import dev.jvmm.bus.BusDevice;
import dev.jvmm.state.Stateless;

/**
 * The sleep control and sleep status registers of hardware-reduced ACPI, a byte each.
 *
 * <p>Nothing is saved: the registers hold nothing.
 *
 * @see <a href="https://uefi.org/specs/ACPI/6.5/04_ACPI_Hardware_Specification.html">ACPI 6.5, 4.8.3.7</a>
 */
public final class AcpiPower implements BusDevice, Stateless {
    /** Bytes of the register range. */
    public static final int SIZE = 2;

    /** The SLP_TYP that stands for S5 in this machine; the DSDT's {@code \_S5} says the same. */
    public static final int SLEEP_TYPE_OFF = 5;

    private static final int CONTROL = 0;
    private static final int SLEEP_TYPE_SHIFT = 2;
    private static final int SLEEP_TYPE_MASK = 0x1C;
    private static final int SLEEP_ENABLE = 0x20;
    private static final int OFF = SLEEP_TYPE_OFF << SLEEP_TYPE_SHIFT | SLEEP_ENABLE;

    private final PowerListener listener;

    /** @param listener hears {@link PowerEvent#POWER_OFF} */
    public AcpiPower(PowerListener listener) {
        this.listener = listener;
    }

    /** The type and enable bits are write-only, and nothing ever wakes up, so both registers read zero. */
    @Override
    public long read(long offset, int size) {
        return 0;
    }

    @Override
    public void write(long offset, int size, long value) {
        if (offset == CONTROL && (value & (SLEEP_TYPE_MASK | SLEEP_ENABLE)) == OFF) {
            listener.power(PowerEvent.POWER_OFF);
        }
    }
}
