package dev.jvmm.state;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StateRecordTest {
    /** A part with a number and some bytes. */
    private static final class Part implements Stateful {
        private int number;
        private byte[] bytes;

        Part(int number, int... bytes) {
            this.number = number;
            this.bytes = new byte[bytes.length];
            for (int i = 0; i < bytes.length; i++) {
                this.bytes[i] = (byte) bytes[i];
            }
        }

        @Override
        public int stateVersion() {
            return 3;
        }

        @Override
        public void save(StateWriter out) {
            out.int32(number).bytes(bytes);
        }

        @Override
        public void restore(StateReader in) {
            number = in.int32(0, 100);
            bytes = in.bytes(8);
        }
    }

    @Test
    void everyKindOfValueComesBack() {
        StateWriter out = new StateWriter();
        ByteBuffer buffer = ByteBuffer.wrap(new byte[]{ 1, 2, 3, 4 }, 1, 2);
        out.bool(true).bool(false).int8(0x1FF).int16(0x1_8001).int32(-2).int64(Long.MIN_VALUE)
                .bytes(new byte[]{ 9, 8 }).bytes(buffer).bytes(new byte[1000]);
        assertFalse(buffer.hasRemaining());
        StateReader in = new StateReader("it", 7, out.bytes());
        assertEquals(7, in.version());
        assertTrue(in.bool());
        assertFalse(in.bool());
        assertEquals(0xFF, in.int8());
        assertEquals(0x8001, in.int16());
        assertEquals(-2, in.int32());
        assertEquals(Long.MIN_VALUE, in.int64());
        assertArrayEquals(new byte[]{ 9, 8 }, in.bytes(2));
        ByteBuffer into = ByteBuffer.allocate(4).position(1).limit(3);
        in.bytes(into);
        assertArrayEquals(new byte[]{ 0, 2, 3, 0 }, into.array());
        assertEquals(3, into.position());
        assertEquals(1000, in.bytes(1000).length);
        in.end();
    }

    @Test
    void bytesAreLittleEndian() {
        assertArrayEquals(new byte[]{ 4, 3, 2, 1 }, new StateWriter().int32(0x0102_0304).bytes());
    }

    private static StateReader reader(int... bytes) {
        byte[] array = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            array[i] = (byte) bytes[i];
        }
        return new StateReader("it", 1, array);
    }

    @Test
    void whatIsOutOfRangeIsRefusedByName() {
        StateException refused = assertThrows(StateException.class, () -> reader(5).int8(0, 4));
        assertEquals("the state of it says 5 where 0 to 4 is possible", refused.getMessage());
        assertThrows(StateException.class, () -> reader(2).bool());
        assertThrows(StateException.class, () -> reader(0xFF, 0xFF, 0xFF, 0xFF).int32(0, 9));
        assertThrows(StateException.class, () -> reader(0, 0, 0, 0, 0, 0, 0, 0x80).int64(0, Long.MAX_VALUE));
        assertEquals(4, reader(4).int8(0, 4));
    }

    @Test
    void lengthsThatLieAllocateNothing() {
        assertThrows(StateException.class, () -> reader(0xFF, 0xFF, 0xFF, 0xFF, 1).bytes(Integer.MAX_VALUE));
        assertThrows(StateException.class, () -> reader(0xFF, 0xFF, 0xFF, 0x7F, 1).bytes(Integer.MAX_VALUE));
        assertThrows(StateException.class, () -> reader(3, 0, 0, 0, 1, 2, 3).bytes(2));
        assertThrows(StateException.class, () -> reader(2, 0, 0, 0, 1, 2).bytes(ByteBuffer.allocate(3)));
        assertThrows(StateException.class, () -> reader(4, 0, 0, 0, 1, 2, 3, 4).bytes(ByteBuffer.allocate(3)));
    }

    @Test
    void whatIsCutShortOrTooLongIsRefused() {
        StateRecord record = StateRecord.of("it", new Part(5, 1, 2, 3));
        for (int length = 0; length < record.bytes().length; length++) {
            StateRecord cut = new StateRecord("it", 3, Arrays.copyOf(record.bytes(), length));
            assertEquals("the state of it is cut short",
                    assertThrows(StateException.class, () -> cut.restore(new Part(0))).getMessage());
        }
        StateRecord longer = new StateRecord("it", 3, Arrays.copyOf(record.bytes(), record.bytes().length + 2));
        assertEquals("the state of it has 2 bytes too many",
                assertThrows(StateException.class, () -> longer.restore(new Part(0))).getMessage());
    }

    @Test
    void newerRecordsAreRefusedAndOlderAreNot() {
        Part part = new Part(0);
        byte[] bytes = StateRecord.of("it", new Part(5)).bytes();
        new StateRecord("it", 1, bytes).restore(part);
        assertEquals(5, part.number);
        assertThrows(StateException.class, () -> new StateRecord("it", 4, bytes).restore(part));
    }

    @Test
    void recordsAreEqualByContent() {
        StateRecord record = StateRecord.of("it", new Part(5, 1));
        assertEquals(record, StateRecord.of("it", new Part(5, 1)));
        assertEquals(record.hashCode(), StateRecord.of("it", new Part(5, 1)).hashCode());
        assertNotEquals(record, StateRecord.of("it", new Part(5, 2)));
        assertNotEquals(record, StateRecord.of("its", new Part(5, 1)));
    }

    @Test
    void aRegistryRestoresEveryPart() {
        StateRegistry saved = new StateRegistry();
        saved.add("a", new Part(1));
        saved.add("b", new Part(2, 7));
        saved.add("none", new Stateless() {});
        List<StateRecord> records = saved.save();
        assertEquals(List.of("a", "b", "none"), records.stream().map(StateRecord::name).toList());
        Part a = new Part(0);
        Part b = new Part(0);
        StateRegistry fresh = new StateRegistry();
        fresh.add("a", a);
        fresh.add("none", new Stateless() {});
        fresh.add("b", b);
        fresh.restore(records);
        assertEquals(1, a.number);
        assertEquals(2, b.number);
        assertSame(a, fresh.find("a").orElseThrow());
    }

    @Test
    void aRegistryWantsItsOwnPartsAndNoOthers() {
        StateRegistry registry = new StateRegistry();
        registry.add("a", new Part(1));
        registry.add("b", new Part(1));
        assertThrows(IllegalArgumentException.class, () -> registry.add("a", new Part(2)));
        List<StateRecord> records = registry.save();
        registry.remove("b");
        registry.remove("b");
        assertEquals(Optional.empty(), registry.find("b"));
        StateException unknown = assertThrows(StateException.class, () -> registry.restore(records));
        assertEquals("the state has a part b that this machine does not", unknown.getMessage());
        registry.add("c", new Part(1));
        StateException missing = assertThrows(StateException.class, () -> registry.restore(records.subList(0, 1)));
        assertEquals("the state has nothing of this machine's c", missing.getMessage());
    }
}
