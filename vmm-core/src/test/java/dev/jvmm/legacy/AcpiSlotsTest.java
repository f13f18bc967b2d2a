package dev.jvmm.legacy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.memory.AddressMap;
import dev.jvmm.state.StateException;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Speaks as the DSDT's methods do, and as none of them does. */
class AcpiSlotsTest {
    private static final int EVENT = 0x100;
    private static final int OST = 0x104;

    private final RecordingLine line = new RecordingLine();
    private final AcpiEvents ged = new AcpiEvents(line);
    private final List<String> heard = new ArrayList<>();

    private AcpiSlots slots(int count) {
        AcpiSlots slots = new AcpiSlots(count, ged);
        slots.listen(new SlotListener() {
            @Override
            public void ost(int slot, int event, int status) {
                heard.add("ost " + slot + " " + event + " " + status);
            }

            @Override
            public void ejected(int slot) {
                assertFalse(slots.filled(slot), "an ejected slot is empty");
                heard.add("ejected " + slot);
            }
        });
        return slots;
    }

    @Test
    void statusFollowsTheHost() {
        AcpiSlots slots = slots(256);
        slots.fill(0);
        slots.fill(255);
        assertEquals(0x0F, slots.read(0, 1));
        assertEquals(0x00, slots.read(1, 1));
        assertEquals(0x0F, slots.read(255, 1));
        slots.empty(255);
        assertEquals(0x00, slots.read(255, 1));
        assertEquals(0, line.edges(), "nobody is told");
    }

    @Test
    void aSlotIsFreshUntilItWasFilled() {
        AcpiSlots slots = slots(2);
        assertTrue(slots.fresh(1));
        slots.fill(1);
        slots.empty(1);
        assertFalse(slots.fresh(1));
        assertTrue(slots.fresh(0));
    }

    @Test
    void eventsAreTakenOffOneByOne() {
        AcpiSlots slots = slots(256);
        slots.requestEject(255);
        slots.fill(7);
        slots.announce(7);
        slots.announce(7);
        slots.requestEject(7);
        assertEquals(4, line.edges());
        assertEquals(AddressMap.GED_SLOTS, ged.read(0, 4));
        assertEquals(0x1_0700, slots.read(EVENT, 4), "what was announced twice is one event");
        assertEquals(0x1_0703, slots.read(EVENT, 4));
        assertEquals(0x1_FF03, slots.read(EVENT, 4));
        assertEquals(0, slots.read(EVENT, 4));
    }

    @Test
    void whatIsTakenBackIsNotHeard() {
        AcpiSlots slots = slots(3);
        slots.fill(0);
        slots.announce(0);
        slots.empty(0);
        slots.fill(1);
        slots.requestEject(1);
        slots.withdraw(1);
        slots.requestEject(2);
        assertEquals(0x1_0203, slots.read(EVENT, 4));
        assertEquals(0, slots.read(EVENT, 4));
        assertTrue(slots.filled(1));
    }

    @Test
    void ejectingEmptiesTheSlotAndIsHeardOnce() {
        AcpiSlots slots = slots(4);
        slots.fill(2);
        slots.requestEject(2);
        slots.write(2, 1, 0);
        slots.write(2, 4, 1);
        assertTrue(slots.filled(2));
        slots.write(2, 1, 1);
        slots.write(2, 1, 1);
        slots.write(3, 1, 1);
        slots.write(4, 1, 1);
        assertEquals(List.of("ejected 2"), heard);
        assertEquals(0, slots.read(2, 1));
        assertEquals(0, slots.read(EVENT, 4), "the request has its answer");
    }

    @Test
    void ostIsOneWrite() {
        AcpiSlots slots = slots(256);
        slots.write(OST, 4, 0xFF10_3084L);
        slots.write(OST, 4, 0x0700_0000L);
        slots.write(OST, 2, 0x0700);
        assertEquals(List.of("ost 255 259 132", "ost 7 0 0"), heard);
    }

    @Test
    void slotsThatAreNotThereSayNothing() {
        AcpiSlots slots = slots(2);
        slots.write(OST, 4, 0x0200_0000L);
        assertEquals(List.of(), heard);
        assertEquals(0, slots.read(2, 1));
        assertThrows(IllegalArgumentException.class, () -> slots(257));
        assertThrows(IndexOutOfBoundsException.class, () -> slots.fill(2));
    }

    @Test
    void nobodyNeedListen() {
        AcpiSlots slots = new AcpiSlots(1, ged);
        slots.fill(0);
        slots.write(OST, 4, 0);
        slots.write(0, 1, 1);
        assertFalse(slots.filled(0));
    }

    @Test
    void savedSlotsComeBack() {
        AcpiSlots slots = slots(3);
        slots.fill(1);
        slots.announce(1);
        slots.fill(2);
        slots.empty(2);
        AcpiSlots copy = slots(3);
        StateRecord.of("slots", slots).restore(copy);
        assertTrue(copy.filled(1));
        assertTrue(copy.fresh(0));
        assertFalse(copy.fresh(2));
        assertEquals(0x1_0100, copy.read(EVENT, 4));
        assertEquals(0, copy.read(EVENT, 4));
    }

    @Test
    void recordsOfOtherSlotsAreRefused() {
        StateRecord record = StateRecord.of("slots", slots(3));
        assertThrows(StateException.class, () -> record.restore(slots(4)));
        assertThrows(StateException.class, () -> record.restore(slots(2)));
        for (byte forged : new byte[]{ 1, 0x10, (byte) 0x83 }) {
            AcpiSlots slots = slots(1);
            StateReader in = new StateReader("slots", 1, new byte[]{ 1, 0, 0, 0, forged });
            assertThrows(StateException.class, () -> slots.restore(in));
            assertTrue(slots.fresh(0), "nothing was taken");
        }
    }

    /** Any accesses in any order: no exception, and the guest ejects nothing but what the host had filled. */
    @Test
    void anySequenceOfAccessesIsHarmless() {
        Random random = new Random(11);
        for (int count : new int[]{ 0, 1, 17, 256 }) {
            heard.clear();
            AcpiSlots slots = slots(count);
            int fills = 0;
            for (int step = 0; step < 200_000; step++) {
                int size = 1 << random.nextInt(4);
                int offset = random.nextInt(AddressMap.PORT_ACPI_SLOTS_SIZE);
                switch (random.nextInt(6)) {
                    case 0, 1 -> slots.read(offset, size);
                    case 2, 3 -> slots.write(offset, size, random.nextBoolean() ? 1 : random.nextLong());
                    case 4 -> slots.write(OST, 4, random.nextInt() & 0xFFFF_FFFFL);
                    default -> {
                        int slot = random.nextInt(Math.max(1, count));
                        if (count > 0 && !slots.filled(slot)) {
                            slots.fill(slot);
                            slots.announce(slot);
                            fills++;
                        }
                    }
                }
            }
            long ejected = heard.stream().filter(what -> what.startsWith("ejected")).count();
            int left = 0;
            for (int slot = 0; slot < count; slot++) {
                left += slots.filled(slot) ? 1 : 0;
            }
            assertEquals(fills, ejected + left);
            assertEquals(count > 0, ejected > 0, Arrays.toString(new int[]{ count, fills }));
        }
    }
}
