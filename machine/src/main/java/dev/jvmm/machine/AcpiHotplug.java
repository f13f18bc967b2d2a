package dev.jvmm.machine;

import dev.jvmm.legacy.AcpiSlots;
import dev.jvmm.legacy.SlotListener;

/**
 * Tells a guest of its slots through ACPI, and understands what it answers. A guest without ACPI hears nothing.
 *
 * <p>That a device has come shows in its driver's status; here only a refusal counts. That one has gone shows in {@code _EJ0}.
 * ARCHITECTURE.md says which of Linux's words are which.
 */
final class AcpiHotplug implements SlotSignals, SlotListener {
    /** Of {@code _OST}: what the guest speaks of. */
    static final int OSPM_EJECT = 0x103;

    private static final int DEVICE_CHECK = 1;

    /** Of {@code _OST}: how it went. */
    static final int SUCCESS = 0;

    static final int EJECT_NOT_SUPPORTED = 0x80;
    static final int DEVICE_IN_USE = 0x81;
    static final int DEVICE_BUSY = 0x82;
    static final int EJECT_IN_PROGRESS = 0x84;

    /** What a guest's answers are for. */
    interface Ear {
        /** As {@link DeviceSlots#answered}. */
        void answered(int slot, String refusal);

        /** What may be the reason if the guest never answers. */
        void noted(int slot, String hint);

        /** The guest has given a device back, asked to or not. */
        void ejected(int slot);
    }

    private final AcpiSlots registers;
    private final Ear ear;

    AcpiHotplug(AcpiSlots registers, Ear ear) {
        this.registers = registers;
        this.ear = ear;
        registers.listen(this);
    }

    @Override
    public void filled(int slot) {
        registers.announce(slot);
    }

    @Override
    public void removalWanted(int slot) {
        registers.requestEject(slot);
    }

    @Override
    public void removalDropped(int slot) {
        registers.withdraw(slot);
    }

    /** The same words as for one that has come: the guest looks, and finds nothing. */
    @Override
    public void emptied(int slot) {
        registers.announce(slot);
    }

    @Override
    public void ost(int slot, int event, int status) {
        if (status == SUCCESS || status == EJECT_IN_PROGRESS) {
            return;
        }
        switch (event) {
            case AcpiSlots.BUS_CHECK, DEVICE_CHECK ->
                ear.answered(slot, "its look for the device failed" + code(status));
            case AcpiSlots.EJECT_REQUEST -> {
                if (status == DEVICE_BUSY) {
                    ear.noted(slot,
                            "its kernel wants a program there to take the device offline, as guest-kernel/udev does");
                } else {
                    ear.answered(slot, refusal(status));
                }
            }
            case OSPM_EJECT -> ear.answered(slot, refusal(status));
            default -> {
                // Not what was asked for.
            }
        }
    }

    private static String refusal(int status) {
        return switch (status) {
            case EJECT_NOT_SUPPORTED -> "it can not eject this device" + code(status);
            case DEVICE_IN_USE, DEVICE_BUSY -> "the device is in use" + code(status);
            default -> "the eject failed" + code(status);
        };
    }

    private static String code(int status) {
        return " (_OST 0x" + Integer.toHexString(status) + ")";
    }

    @Override
    public void ejected(int slot) {
        ear.ejected(slot);
    }
}
