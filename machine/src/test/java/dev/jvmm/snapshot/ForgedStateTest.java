package dev.jvmm.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.snapshot.SnapshotException.Reason;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** State files whose checksums are right and whose content is not. */
@Timeout(60)
final class ForgedStateTest {
    private static final int FIRST_SECTION = 24;
    private static final int SECTIONS = 5;

    private static ByteBuffer state() {
        ChunkSums sums = new ChunkSums(4L << 30, 0);
        for (int i = 0; i < 20; i++) {
            sums.add(i * 7, i);
        }
        return StateFile.encode(
                new Manifest(1, TestSnapshots.IDENTITY, TestSnapshots.DESCRIPTION, sums, TestSnapshots.RECORDS));
    }

    /** Where the content of a section begins. */
    private static int content(ByteBuffer state, int section) {
        int at = FIRST_SECTION;
        for (int i = 0; i < section; i++) {
            at += 12 + state.getInt(at + 4);
        }
        return at + 8;
    }

    private static void seal(ByteBuffer state) {
        for (int i = 0; i < SECTIONS; i++) {
            int start = content(state, i) - 8;
            int end = start + 8 + state.getInt(start + 4);
            state.putInt(end, sum(state, start, end));
        }
        state.putInt(state.limit() - 4, sum(state, 0, state.limit() - 4));
    }

    private static int sum(ByteBuffer state, int from, int to) {
        CRC32 crc = new CRC32();
        crc.update(state.duplicate().limit(to).position(from));
        return (int) crc.getValue();
    }

    private static ByteBuffer copy(ByteBuffer state) {
        return NativeBuffers.allocate(state.limit()).put(state.duplicate()).flip();
    }

    @Test
    void areReadOrRefused() {
        ByteBuffer original = state();
        Random random = new Random(7);
        int refused = 0;
        for (int round = 0; round < 5000; round++) {
            ByteBuffer forged = copy(original);
            int section = random.nextInt(SECTIONS);
            int start = content(forged, section);
            int length = forged.getInt(start - 4);
            int at = start + random.nextInt(Math.min(length, 60));
            if (random.nextBoolean() && at + 4 <= start + length) {
                forged.putInt(at, random.nextInt());
            } else {
                forged.put(at, (byte) random.nextInt());
            }
            seal(forged);
            try {
                StateFile.decode("forged", forged);
            } catch (SnapshotException e) {
                assertEquals(Reason.CHANGED, e.reason());
                refused++;
            }
        }
        assertTrue(refused > 500, refused + " made no sense");
    }

    @Test
    void areRefusedWithChunksThatCanNotBe() {
        List<int[]> wrong = new ArrayList<>();
        wrong.add(new int[]{ 8, 4096 });
        wrong.add(new int[]{ 12, -1 });
        wrong.add(new int[]{ 12, 21 });
        wrong.add(new int[]{ 16, -1 });
        wrong.add(new int[]{ 16, 7 });
        wrong.add(new int[]{ 16 + 19 * 8, 4096 });
        for (int[] change : wrong) {
            ByteBuffer forged = copy(state());
            forged.putInt(content(forged, 3) + change[0], change[1]);
            seal(forged);
            SnapshotException refusal = assertThrows(SnapshotException.class, () -> StateFile.decode("forged", forged));
            assertEquals("the snapshot forged has changed in its state: it makes no sense", refusal.getMessage());
        }
    }
}
