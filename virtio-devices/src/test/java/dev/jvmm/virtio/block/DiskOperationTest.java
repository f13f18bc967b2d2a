package dev.jvmm.virtio.block;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Reads and writes that the host does in part. */
final class DiskOperationTest {
    /** Whatever the pieces and the parts, what is left is what was not done, in order. */
    @Test
    void restFollowsWhatIsDone() {
        Random random = new Random(5);
        DiskOperation operation = new DiskOperation(0, 16);
        for (int round = 0; round < 2000; round++) {
            operation.begin(DiskOperation.Kind.READ, 4096, 0);
            List<Long> bytes = new ArrayList<>();
            int vectors = 1 + random.nextInt(8);
            for (int i = 0; i < vectors; i++) {
                int length = 1 + random.nextInt(10);
                operation.addVector(1000L * i, length);
                operation.left += length;
                for (int at = 0; at < length; at++) {
                    bytes.add(1000L * i + at);
                }
            }
            int done = 0;
            long table = operation.vectorsAddress();
            while (operation.left > 0) {
                operation.retries = 3;
                int part = 1 + random.nextInt((int) operation.left);
                operation.advance(part);
                done += part;
                assertEquals(bytes.subList(done, bytes.size()), rest(operation));
                assertEquals(bytes.size() - done, operation.left);
                assertEquals(4096 + done, operation.offset);
                assertEquals(table + operation.first * 16L, operation.vectorsAddress());
                assertEquals(0, operation.retries, "progress begins the count of failures anew");
            }
            assertEquals(0, operation.vectorsLeft());
        }
    }

    private static List<Long> rest(DiskOperation operation) {
        List<Long> bytes = new ArrayList<>();
        for (int i = operation.first; i < operation.count; i++) {
            for (long at = 0; at < operation.vectorLength(i); at++) {
                bytes.add(operation.vectorStart(i) + at);
            }
        }
        return bytes;
    }
}
