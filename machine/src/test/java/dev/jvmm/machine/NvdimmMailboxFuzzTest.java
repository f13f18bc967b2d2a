package dev.jvmm.machine;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.jvmm.legacy.NvdimmMailbox;
import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * What a guest may ask of its NVDIMMs: questions of any bytes, writes to the register of any kind, and a page that another processor
 * changes meanwhile. The answer stays in the page, labels in their area, and there is no other way to end.
 */
class NvdimmMailboxFuzzTest {
    private static final int LABELS = 8192;
    private static final int SMALL = 64;
    private static final int MOST_QUESTIONS = 32;
    private static final int SCRIBBLES = 200;

    /** Around the page. */
    private static final int MARGIN = 4096;

    private static final long BEFORE = AddressMap.NVDIMM_MAILBOX - MARGIN;
    private static final long BEHIND = AddressMap.NVDIMM_MAILBOX + NvdimmMailbox.SIZE;

    private final GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(1 << 20));
    private final byte[] canary = new byte[MARGIN];
    private final Labels labels = new Labels();
    private final NvdimmMailbox mailbox = new NvdimmMailbox(memory, labels);

    /** Two NVDIMMs with labels, one without. Whoever asks for what is outside finds out. */
    private static final class Labels implements NvdimmMailbox.Nvdimms {
        private final byte[] large = new byte[LABELS];
        private final byte[] small = new byte[SMALL];

        private byte[] of(int handle) {
            if (handle != 1 && handle != 2) {
                throw new AssertionError("labels of " + handle);
            }
            return handle == 1 ? large : small;
        }

        @Override
        public byte[] fit() {
            return new byte[NvdimmMailbox.SIZE - NvdimmMailbox.ANSWER];
        }

        @Override
        public int labelSize(int handle) {
            return handle < 1 || handle > 3 ? -1 : handle == 3 ? 0 : of(handle).length;
        }

        @Override
        public boolean readLabels(int handle, int offset, byte[] into) {
            System.arraycopy(of(handle), offset, into, 0, into.length);
            return offset != SMALL;
        }

        @Override
        public boolean writeLabels(int handle, int offset, byte[] from) {
            System.arraycopy(from, 0, of(handle), offset, from.length);
            return offset != SMALL;
        }
    }

    NvdimmMailboxFuzzTest() {
        Arrays.fill(canary, (byte) 0x5A);
        memory.write(BEFORE, canary);
        memory.write(BEHIND, canary);
    }

    /** Each question: how the register is written, handle, function, and 24 bytes of arguments, each of a size that finds something. */
    @FuzzTest(maxDuration = "10m")
    void anyQuestions(byte[] input) throws InterruptedException {
        ByteBuffer in = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < MOST_QUESTIONS && in.remaining() > 2; i++) {
            int how = in.get();
            ByteBuffer page = memory.view(AddressMap.NVDIMM_MAILBOX, NvdimmMailbox.SIZE);
            page.putInt(0, (how & 1) == 0 ? in.get() & 7 : integer(in));
            page.putInt(Integer.BYTES, function(in));
            for (int at = NvdimmMailbox.ARGUMENTS; at < NvdimmMailbox.ARGUMENTS + 24; at += Integer.BYTES) {
                page.putInt(at, (how & 2) == 0 ? smallInteger(in) : integer(in));
            }
            if ((how & 0xF0) == 0xF0) {
                askWhileItChanges(in);
            } else if ((how & 0xF0) == 0xE0) {
                mailbox.write(in.hasRemaining() ? in.get() : 0, 1 << (how & 3), integer(in));
                mailbox.read(how, Integer.BYTES);
            } else {
                mailbox.write(0, Integer.BYTES, 1);
                int length = page.getInt(0);
                if (length < 0 || length > NvdimmMailbox.SIZE - NvdimmMailbox.ANSWER) {
                    throw new AssertionError("an answer of " + length + " bytes");
                }
            }
        }
        if (!Arrays.equals(canary, memory.read(BEFORE, MARGIN))
                || !Arrays.equals(canary, memory.read(BEHIND, MARGIN))) {
            throw new AssertionError("written outside the page");
        }
    }

    private static int integer(ByteBuffer in) {
        return in.remaining() >= Integer.BYTES ? in.getInt() : 0;
    }

    private static int smallInteger(ByteBuffer in) {
        return in.remaining() >= Short.BYTES ? in.getShort() & 0x3FFF : 0;
    }

    private static int function(ByteBuffer in) {
        int first = in.hasRemaining() ? in.get() : 0;
        return first < 0 ? integer(in) : (first & 7) + ((first & 8) << 5);
    }

    private void askWhileItChanges(ByteBuffer in) throws InterruptedException {
        int seed = integer(in);
        Thread other = new Thread(() -> {
            ByteBuffer page = memory.view(AddressMap.NVDIMM_MAILBOX, NvdimmMailbox.SIZE);
            for (int i = 0; i < SCRIBBLES; i++) {
                page.putInt(i * Integer.BYTES % 32, i % 3 == 0 ? seed * i : i & 0xFF);
            }
        });
        other.start();
        for (int i = 0; i < SCRIBBLES / 10; i++) {
            mailbox.write(0, Integer.BYTES, 1);
        }
        other.join();
    }
}
