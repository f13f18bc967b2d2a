package dev.jvmm.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Damaged files: a snapshot is refused, or it has the content that was written. */
@Timeout(120)
final class MutationTest {
    private static final int MUTATIONS = 1000;
    private static final String[] FILES = { "state", "memory", "stamp" };

    @TempDir
    private Path folder;

    @Test
    void neverOpensToAnotherContent() throws IOException {
        Path made = folder.resolve("made");
        TestSnapshots.write(made);
        byte[][] originals = new byte[FILES.length][];
        for (int i = 0; i < FILES.length; i++) {
            originals[i] = Files.readAllBytes(made.resolve(FILES[i]));
            made.resolve(FILES[i]).toFile().setWritable(true);
        }
        Random random = new Random(42);
        int refusals = 0;
        for (int round = 0; round < MUTATIONS; round++) {
            int which = round % 8 < 5 ? 0 : round % 8 < 7 ? 1 : 2;
            byte[] mutant = mutate(random, originals[which]);
            Files.write(made.resolve(FILES[which]), mutant);
            try (Snapshot snapshot = Snapshot.open(made, TestSnapshots.NONE)) {
                assertTrue(which == 2 || Arrays.equals(mutant, originals[which]), "round " + round + " opened");
                assertEquals(TestSnapshots.IDENTITY, snapshot.identity());
                assertEquals(TestSnapshots.RECORDS, snapshot.records());
                TestSnapshots.memory().assertEqualTo(snapshot);
            } catch (SnapshotException e) {
                assertTrue(e.getMessage().contains("snapshot " + made), e.getMessage());
                refusals++;
            }
            Files.write(made.resolve(FILES[which]), originals[which]);
        }
        assertTrue(refusals > MUTATIONS * 3 / 4, refusals + " were refused");
    }

    private static byte[] mutate(Random random, byte[] original) {
        byte[] mutant = original.clone();
        switch (random.nextInt(5)) {
            case 0 -> mutant[random.nextInt(mutant.length)] ^= (byte) (1 << random.nextInt(8));
            case 1 -> mutant = Arrays.copyOf(mutant, random.nextInt(mutant.length));
            case 2 -> mutant = Arrays.copyOf(mutant, mutant.length + 1 + random.nextInt(9000));
            case 3 -> swap(random, mutant);
            default -> overwrite(random, mutant);
        }
        return mutant;
    }

    /** Two stretches change places. */
    private static void swap(Random random, byte[] bytes) {
        int length = 1 + random.nextInt(bytes.length / 2);
        int first = random.nextInt(bytes.length - 2 * length + 1);
        int second = first + length + random.nextInt(bytes.length - first - 2 * length + 1);
        byte[] held = Arrays.copyOfRange(bytes, first, first + length);
        System.arraycopy(bytes, second, bytes, first, length);
        System.arraycopy(held, 0, bytes, second, length);
    }

    private static void overwrite(Random random, byte[] bytes) {
        byte[] noise = new byte[1 + random.nextInt(Math.min(64, bytes.length))];
        random.nextBytes(noise);
        System.arraycopy(noise, 0, bytes, random.nextInt(bytes.length - noise.length + 1), noise.length);
    }
}
