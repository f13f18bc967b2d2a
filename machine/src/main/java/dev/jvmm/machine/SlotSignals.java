package dev.jvmm.machine;

/**
 * Tells a running guest of its slots: by ACPI, or through somebody in the guest who listens. The guest's answer goes to {@link
 * DeviceSlots#answered}. Called on the thread that attaches or detaches; must not wait for the answer.
 */
public interface SlotSignals {
    /** Tells nobody: for guests that look only once, at boot. */
    SlotSignals NONE = new SlotSignals() {
        @Override
        public void filled(int slot) {}

        @Override
        public void removalWanted(int slot) {}
    };

    /** There is a device: the guest may look for its driver. */
    void filled(int slot);

    /** The guest is to let go of the device. */
    void removalWanted(int slot);

    /** The guest may keep the device: nobody waits for it any more. */
    default void removalDropped(int slot) {}

    /** There is no device any more, although the guest has not given it back. */
    default void emptied(int slot) {}
}
