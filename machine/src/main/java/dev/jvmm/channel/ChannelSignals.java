package dev.jvmm.channel;

import dev.jvmm.machine.DeviceSlots;
import dev.jvmm.machine.SlotSignals;

/**
 * Tells the default guest of its slots over the channel, where its kernel has no ACPI to hear of them. Its init binds and unbinds the
 * drivers. Connect it with {@link DeviceSlots#tellThrough}, and have the session's observer pass {@link #slot} on.
 */
public final class ChannelSignals implements SlotSignals {
    private static final String NOBODY = "its init takes no orders";

    private final CommandSession session;
    private final DeviceSlots slots;

    /** Between a guest's session and its machine. */
    public ChannelSignals(CommandSession session, DeviceSlots slots) {
        this.session = session;
        this.slots = slots;
    }

    @Override
    public void filled(int slot) {
        if (!session.attach(slot)) {
            slots.answered(slot, NOBODY);
        }
    }

    @Override
    public void removalWanted(int slot) {
        if (!session.detach(slot)) {
            slots.answered(slot, NOBODY);
        }
    }

    /** As {@link CommandSession.Observer#slot}. */
    public void slot(int slot, int errno) {
        slots.answered(slot, errno == 0 ? "" : "error " + errno);
    }
}
