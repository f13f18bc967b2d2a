package dev.jvmm.legacy;

/**
 * What a guest says about its slots. Called on a vCPU's thread, so it must not block; every word of it may be a lie.
 *
 * @see <a href="https://uefi.org/specs/ACPI/6.5/06_Device_Configuration.html">ACPI 6.5, 6.3</a>
 */
public interface SlotListener {
    /**
     * The guest's {@code _OST}.
     *
     * @param slot one that exists
     * @param event what the guest speaks of, cut to 12 bits: 0 the bus check of an {@link AcpiSlots#announce}, 3 an eject request,
     *            0x103 an ejection that the guest itself began
     * @param status how it went, cut to 12 bits; what it means depends on the event, 0 being success
     */
    void ost(int slot, int event, int status);

    /** The guest ejected what was in this slot, asked to or not. The slot is empty now. */
    void ejected(int slot);
}
