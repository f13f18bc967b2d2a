package dev.jvmm.legacy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NvdimmMailboxTest {
    private static final int LABELS = 8192;
    private static final int ROUNDS = 100_000;

    private final GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(1 << 20));
    private final byte[] labels = new byte[LABELS];
    private boolean broken;
    private final NvdimmMailbox mailbox = new NvdimmMailbox(memory, new NvdimmMailbox.Nvdimms() {
        @Override
        public byte[] fit() {
            return new byte[]{ 1, 2, 3 };
        }

        @Override
        public int labelSize(int handle) {
            return handle == 1 ? LABELS : handle == 2 ? 0 : -1;
        }

        @Override
        public boolean readLabels(int handle, int offset, byte[] into) {
            System.arraycopy(labels, offset, into, 0, into.length);
            return !broken;
        }

        @Override
        public boolean writeLabels(int handle, int offset, byte[] from) {
            System.arraycopy(from, 0, labels, offset, from.length);
            return !broken;
        }
    });

    @AfterEach
    void close() {
        memory.close();
    }

    private byte[] ask(int handle, int function, byte[] arguments) {
        ByteBuffer page = memory.view(AddressMap.NVDIMM_MAILBOX, NvdimmMailbox.SIZE);
        page.putInt(0, handle).putInt(4, function).put(8, arguments);
        mailbox.write(0, 4, 1);
        return memory.read(AddressMap.NVDIMM_MAILBOX + 4, page.getInt(0));
    }

    private static byte[] ints(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(values).forEach(bytes::putInt);
        return bytes.array();
    }

    private static byte[] longs(long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(values).forEach(bytes::putLong);
        return bytes.array();
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    @Test
    void tellsWhatThereIs() {
        assertArrayEquals(new byte[]{ 1, 2, 3 }, ask(0, NvdimmMailbox.FIT, new byte[0]));
        assertArrayEquals(new byte[]{ 0 }, ask(0, 77, new byte[0]));
        assertArrayEquals(new byte[]{ 0x71 }, ask(1, 0, new byte[0]));
        assertArrayEquals(new byte[]{ 0 }, ask(2, 0, new byte[0]));
        assertArrayEquals(ints(0, LABELS, NvdimmMailbox.MOST_LABELS), ask(1, 4, new byte[0]));
        assertArrayEquals(ints(1, 0, NvdimmMailbox.MOST_LABELS), ask(2, 4, new byte[0]));
        assertArrayEquals(ints(2, 0, NvdimmMailbox.MOST_LABELS), ask(3, 4, new byte[0]));
        assertArrayEquals(ints(1), ask(1, 7, new byte[0]));
    }

    @Test
    void readsAndWritesLabelsInBothWays() {
        byte[] data = new byte[NvdimmMailbox.MOST_LABELS];
        new Random(1).nextBytes(data);
        assertArrayEquals(ints(0), ask(1, 6, joined(ints(100, data.length), data)));
        assertArrayEquals(joined(ints(0), data), ask(1, 5, ints(100, data.length)));
        assertArrayEquals(joined(ints(0), data), ask(1, 0x105, longs(100, data.length)));
        assertArrayEquals(ints(0), ask(1, 0x106, joined(longs(LABELS - 2, 2), new byte[]{ 7, 8 })));
        assertArrayEquals(joined(ints(0), new byte[]{ 7, 8 }), ask(1, 5, ints(LABELS - 2, 2)));
        assertArrayEquals(ints(0), ask(1, 5, ints(LABELS, 0)));
        broken = true;
        assertEquals(4, ask(1, 5, ints(0, 1))[0]);
        assertArrayEquals(ints(4), ask(1, 6, ints(0, 1, 5)));
    }

    @Test
    void whatIsOutsideIsRefused() {
        long[][] bad = { { -1, 1 }, { 1, -1 }, { LABELS, 1 }, { LABELS + 1, 0 }, { 0, NvdimmMailbox.MOST_LABELS + 1 },
            { Long.MAX_VALUE, Long.MAX_VALUE }, { Long.MIN_VALUE, 1 }, { 1, Long.MAX_VALUE } };
        for (long[] range : bad) {
            assertArrayEquals(ints(3), ask(1, 0x105, longs(range)));
            assertArrayEquals(ints(3), ask(1, 0x106, longs(range)));
        }
        for (int[] range : new int[][]{ { -1, 1 }, { 1, -1 }, { LABELS, 1 }, { 0, NvdimmMailbox.MOST_LABELS + 1 } }) {
            assertArrayEquals(ints(3), ask(1, 5, ints(range)));
            assertArrayEquals(ints(3), ask(1, 6, ints(range)));
        }
        assertArrayEquals(ints(1), ask(2, 5, ints(0, 0)));
        assertArrayEquals(ints(2), ask(-1, 6, ints(0, 0)));
        mailbox.write(0, 4, 2);
        mailbox.write(1, 4, 1);
        mailbox.write(0, 2, 1);
        assertEquals(0, mailbox.read(0, 4));
    }

    @Test
    void noPageIsTheEnd() {
        Random random = new Random(20261122);
        for (int i = 0; i < ROUNDS; i++) {
            byte[] arguments = new byte[64];
            random.nextBytes(arguments);
            for (int at = 0; at < 16; at++) {
                arguments[at] &= (byte) (at % 4 < 2 || random.nextInt(9) == 0 ? 0xFF : 0);
            }
            int function = random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(2) * 0x100 + random.nextInt(8);
            byte[] answer = ask(random.nextInt(4), function, arguments);
            assertTrue(answer.length <= NvdimmMailbox.SIZE - NvdimmMailbox.ANSWER);
        }
    }
}
