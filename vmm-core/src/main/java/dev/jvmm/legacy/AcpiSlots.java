package dev.jvmm.legacy;

import dev.jvmm.bus.BusDevice;
import dev.jvmm.memory.AddressMap;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.state.Stateful;

/**
 * What the DSDT asks and says about the slots of virtio-mmio devices. Each register is of one width, an access of another reads zero and
 * writes nothing:
 *
 * <pre>
 * 0x000 + slot  8 bits   read: the slot's _STA, 0x0F filled or 0 empty; write 1: _EJ0
 * 0x100        32 bits   read: takes the next event off: bit 16 set, the slot in bits 15 to 8, the value for Notify in bits 7 to 0;
 *                        0 when there is none
 * 0x104        32 bits   write: _OST: the slot in bits 31 to 24, the event in 23 to 12, its status in 11 to 0
 * </pre>
 *
 * <p>No register selects what another one means, so the guest's CPUs need no lock, and there is no order to get wrong. Thread-safe.
 */
public final class AcpiSlots implements BusDevice, Stateful {
    /** As many slots as there can be. */
    public static final int MAX_SLOTS = 256;

    /** Values for Notify: look at the slot again; let go what is in it. */
    public static final int BUS_CHECK = 0;

    public static final int EJECT_REQUEST = 3;

    /** Offset of the register that events are taken from; that of {@code _OST} follows it. */
    public static final int EVENT = 0x100;

    /** Offset of the register for {@code _OST}. */
    public static final int OST = EVENT + Integer.BYTES;

    /** Where an event has its slot. */
    public static final int SLOT_SHIFT = 8;

    /** Where {@code _OST} has its slot, and the event; its status is in the lowest bits. */
    public static final int OST_SLOT_SHIFT = 24;

    public static final int OST_EVENT_SHIFT = 12;

    /** The width of the event and of the status in {@code _OST}. */
    public static final int OST_MASK = 0xFFF;

    private static final int STATE_VERSION = 1;
    private static final int THERE_IS_ONE = 1 << 16;
    private static final int STA_FILLED = 0x0F;

    private static final int FILLED = 1;
    private static final int USED = 1 << 1;
    private static final int CHECK = 1 << 2;
    private static final int EJECT = 1 << 3;
    private static final int EVENTS = CHECK | EJECT;
    private static final int ALL = FILLED | USED | EVENTS;

    private final AcpiEvents events;
    private final byte[] slots;
    private volatile SlotListener listener = new Deaf();

    /** Until somebody listens. */
    private static final class Deaf implements SlotListener {
        @Override
        public void ost(int slot, int event, int status) {
            // nobody asked
        }

        @Override
        public void ejected(int slot) {
            // the slot is empty, as its status says
        }
    }

    /**
     * Empty slots.
     *
     * @param count 0 to {@link #MAX_SLOTS}
     * @param events carries the guest the news that there is an event
     */
    public AcpiSlots(int count, AcpiEvents events) {
        if (count < 0 || count > MAX_SLOTS) {
            throw new IllegalArgumentException(count + " slots: give 0 to " + MAX_SLOTS);
        }
        this.slots = new byte[count];
        this.events = events;
    }

    /** Who hears the guest from now on. */
    public void listen(SlotListener to) {
        listener = to;
    }

    /** How many there are. */
    public int count() {
        return slots.length;
    }

    /** Whether the guest, if it looks, finds a device here. */
    public synchronized boolean filled(int slot) {
        return (slots[slot] & FILLED) != 0;
    }

    /**
     * Whether nothing has ever been in this slot. Linux keeps the platform device of a slot that was ejected, and somebody in the guest
     * has to bind it to its driver again; in a fresh slot the kernel does all by itself.
     */
    public synchronized boolean fresh(int slot) {
        return (slots[slot] & USED) == 0;
    }

    /** There is a device in this slot from now on; the guest hears nothing of it. */
    public synchronized void fill(int slot) {
        slots[slot] |= FILLED | USED;
    }

    /** There is nothing in this slot from now on, and what was pending for it is taken back; the guest hears nothing of it. */
    public synchronized void empty(int slot) {
        slots[slot] &= ~(FILLED | EVENTS);
    }

    /** Tells the guest to look whether the slot is filled. */
    public void announce(int slot) {
        raise(slot, CHECK);
    }

    /** Asks the guest to let go what is in the slot and to eject it. */
    public void requestEject(int slot) {
        raise(slot, EJECT);
    }

    /** Takes back what the guest has not heard yet about this slot. */
    public synchronized void withdraw(int slot) {
        slots[slot] &= ~EVENTS;
    }

    private void raise(int slot, int event) {
        synchronized (this) {
            slots[slot] |= (byte) event;
        }
        events.raise(AddressMap.GED_SLOTS);
    }

    @Override
    public long read(long offset, int size) {
        if (offset < EVENT) {
            return size == Byte.BYTES && offset < slots.length && filled((int) offset) ? STA_FILLED : 0;
        }
        return offset == EVENT && size == Integer.BYTES ? nextEvent() : 0;
    }

    /** The lowest slot first, and its bus check before its eject request. */
    private synchronized int nextEvent() {
        for (int slot = 0; slot < slots.length; slot++) {
            int pending = slots[slot] & EVENTS;
            if (pending != 0) {
                boolean check = (pending & CHECK) != 0;
                slots[slot] &= (byte) ~(check ? CHECK : EJECT);
                return THERE_IS_ONE | slot << SLOT_SHIFT | (check ? BUS_CHECK : EJECT_REQUEST);
            }
        }
        return 0;
    }

    @Override
    public void write(long offset, int size, long value) {
        if (offset < EVENT) {
            if (size == Byte.BYTES && offset < slots.length && value == 1) {
                eject((int) offset);
            }
        } else if (offset == OST && size == Integer.BYTES) {
            int slot = (int) (value >>> OST_SLOT_SHIFT) & 0xFF;
            if (slot < slots.length) {
                listener.ost(slot, (int) (value >>> OST_EVENT_SHIFT) & OST_MASK, (int) value & OST_MASK);
            }
        }
    }

    private void eject(int slot) {
        synchronized (this) {
            if (!filled(slot)) {
                return;
            }
            empty(slot);
        }
        listener.ejected(slot);
    }

    @Override
    public int stateVersion() {
        return STATE_VERSION;
    }

    @Override
    public synchronized void save(StateWriter out) {
        out.bytes(slots);
    }

    /** The Generic Event Device's state knows whether the guest has still to be told that there are events. */
    @Override
    public void restore(StateReader in) {
        byte[] saved = in.bytes(slots.length);
        if (saved.length != slots.length) {
            throw in.bad("has " + saved.length + " slots where " + slots.length + " belong");
        }
        for (byte slot : saved) {
            if ((slot & ~ALL) != 0 || (slot & (FILLED | USED)) == FILLED) {
                throw in.bad("has a slot in a state that does not exist: " + slot);
            }
        }
        synchronized (this) {
            System.arraycopy(saved, 0, slots, 0, saved.length);
        }
    }
}
