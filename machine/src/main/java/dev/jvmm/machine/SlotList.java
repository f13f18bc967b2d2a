package dev.jvmm.machine;

import dev.jvmm.config.ConfigException;
import dev.jvmm.device.DeviceSpec;
import dev.jvmm.memory.AddressMap;
import dev.jvmm.state.StateException;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateRecord;
import dev.jvmm.state.StateWriter;
import dev.jvmm.state.Stateful;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Which device sits in which slot: what must be known before there are devices to restore. Devices are told as on the command line, so a
 * restored machine opens the same files.
 */
final class SlotList implements Stateful {
    static final String NAME = "slots";

    private static final int MOST_KIND = 32;
    private static final int MOST_TEXT = 1 << 16;

    private final DeviceSlots slots;

    SlotList(DeviceSlots slots) {
        this.slots = slots;
    }

    /**
     * What a record says.
     *
     * @param count of the slots
     */
    record Content(int count, List<Attachment> attached) {
        static Content read(StateReader in) {
            int count = in.int32(0, AddressMap.VIRTIO_SLOTS_MAX);
            int filled = in.int32(0, count);
            List<Attachment> attached = new ArrayList<>(filled);
            int least = 0;
            for (int i = 0; i < filled; i++) {
                int slot = in.int32(least, count - 1);
                least = slot + 1;
                attached.add(new Attachment(slot, spec(in)));
            }
            return new Content(count, attached);
        }

        private static DeviceSpec spec(StateReader in) {
            String kind = new String(in.bytes(MOST_KIND), StandardCharsets.UTF_8);
            String text = new String(in.bytes(MOST_TEXT), StandardCharsets.UTF_8);
            try {
                return DeviceSpec.parse(kind, text);
            } catch (ConfigException e) {
                throw in.bad("has a device that this jvmm does not know: " + e.getMessage());
            }
        }
    }

    /** What the records of a machine say of its slots. */
    static Content of(List<StateRecord> records) {
        for (StateRecord record : records) {
            if (record.name().equals(NAME)) {
                return Content.read(new StateReader(NAME, record.version(), record.bytes()));
            }
        }
        throw new StateException("the state does not say what slots for devices the machine has");
    }

    @Override
    public int stateVersion() {
        return 1;
    }

    @Override
    public void save(StateWriter out) {
        List<Attachment> attached = slots.attached();
        out.int32(slots.count()).int32(attached.size());
        for (Attachment each : attached) {
            out.int32(each.slot())
                    .bytes(each.spec().kind().getBytes(StandardCharsets.UTF_8))
                    .bytes(each.spec().text().getBytes(StandardCharsets.UTF_8));
        }
    }

    /** The devices are in place already. */
    @Override
    public void restore(StateReader in) {
        Content content = Content.read(in);
        if (content.count() != slots.count() || !content.attached().equals(slots.attached())) {
            throw in.bad("is of a machine with other devices");
        }
    }
}
