package dev.jvmm.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.LocalFile;
import dev.jvmm.snapshot.SnapshotException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class SnapshotWriterTest {
    @TempDir
    private Path folder;

    private List<String> names() throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void shows4GigabytesSparsely() {
        TestMemory memory = new TestMemory(4L << 30).with(0, 4096, 1).with((3L << 30) + 5, 100_000, 2)
                .with((4L << 30) - 1, 1, 3);
        Path target = folder.resolve("large");
        try (SnapshotWriter writer = SnapshotWriter.create(target)) {
            writer.memory(memory);
            writer.commit(TestSnapshots.IDENTITY, List.of(), List.of());
        }
        try (Snapshot snapshot = Snapshot.open(target, TestSnapshots.IDENTITY)) {
            memory.assertEqualTo(snapshot);
            assertTrue(snapshot.memory().status().blocks() * 512 < 1 << 20, "it is sparse");
        }
        // and in full, without its stamp
        assertTrue(target.resolve("stamp").toFile().delete());
        try (Snapshot snapshot = Snapshot.open(target, TestSnapshots.IDENTITY)) {
            memory.assertEqualTo(snapshot);
        }
    }

    @Test
    void anEmptyMemoryHasNoChecksums() {
        Path target = folder.resolve("empty");
        try (SnapshotWriter writer = SnapshotWriter.create(target)) {
            writer.memory(new TestMemory(1 << 20).withZeros(0, 1 << 20));
            writer.commit(TestSnapshots.NONE, List.of(), List.of());
        }
        Snapshot.open(target, TestSnapshots.NONE).close();
    }

    @Test
    void runsMayShareAChunkAndAPage() {
        TestMemory memory = new TestMemory(3 << 20).with(10, 20, 1).with(30, 70, 2).with(4000, 200, 3).with(9000, 1, 4);
        Path target = folder.resolve("runs");
        try (SnapshotWriter writer = SnapshotWriter.create(target)) {
            writer.memory(memory);
            writer.commit(TestSnapshots.NONE, List.of(), List.of());
        }
        assertTrue(target.resolve("stamp").toFile().delete());
        try (Snapshot snapshot = Snapshot.open(target, TestSnapshots.NONE)) {
            memory.assertEqualTo(snapshot);
        }
    }

    @Test
    void refusesRunsThatAreOutOfOrderOrOutside() {
        long[][] wrong = { { 0, 2, 1, 1 }, { 4096, 1, 0, 1 }, { 4095, 2, -1, 0 }, { 4097, 0, -1, 0 },
            { -1, 1, -1, 0 } };
        for (long[] runs : wrong) {
            MemorySource source = new MemorySource() {
                @Override
                public long size() {
                    return 4096;
                }

                @Override
                public void copyTo(MemorySink sink) {
                    sink.data(runs[0], ByteBuffer.allocate((int) runs[1]));
                    sink.data(runs[2], ByteBuffer.allocate((int) runs[3]));
                }
            };
            try (SnapshotWriter writer = SnapshotWriter.create(folder.resolve("wrong"))) {
                assertThrows(IllegalArgumentException.class, () -> writer.memory(source));
            }
        }
    }

    @Test
    void showsNothingBeforeItIsWhole() throws IOException {
        Path target = folder.resolve("target");
        try (SnapshotWriter writer = SnapshotWriter.create(target)) {
            writer.memory(TestSnapshots.memory());
            assertFalse(Files.exists(target));
            assertThrows(IllegalStateException.class, () -> writer.memory(TestSnapshots.memory()));
        }
        assertEquals(List.of(), names());
        try (SnapshotWriter writer = SnapshotWriter.create(target)) {
            assertThrows(IllegalStateException.class,
                    () -> writer.commit(TestSnapshots.NONE, List.of(), List.of()), "memory comes first");
        }
        assertEquals(List.of(), names());
    }

    @Test
    void takesNoPlaceThatIsTaken() throws IOException {
        Path target = Files.writeString(folder.resolve("target"), "mine");
        SnapshotException refusal = assertThrows(SnapshotException.class, () -> SnapshotWriter.create(target));
        assertEquals(Reason.NAME, refusal.reason());
        Files.delete(target);
        try (SnapshotWriter writer = SnapshotWriter.create(target)) {
            writer.memory(TestSnapshots.memory());
            TestSnapshots.write(target);
            refusal = assertThrows(SnapshotException.class,
                    () -> writer.commit(TestSnapshots.NONE, List.of(), List.of()));
            assertEquals(Reason.STORAGE, refusal.reason(), refusal.getMessage());
        }
        assertEquals(List.of("target"), names());
        Snapshot.open(target, TestSnapshots.IDENTITY).close();
    }

    @Test
    void saysWhereItCanNotWrite() throws IOException {
        SnapshotException refusal = assertThrows(SnapshotException.class,
                () -> SnapshotWriter.create(folder.resolve("none/target")));
        assertEquals(folder.resolve("none/target") + ": no such file or folder", refusal.getMessage());
        Path file = Files.createFile(folder.resolve("file"));
        refusal = assertThrows(SnapshotException.class, () -> SnapshotWriter.create(file.resolve("target")));
        assertEquals(Reason.STORAGE, refusal.reason());
        refusal = assertThrows(SnapshotException.class, () -> SnapshotWriter.create(Path.of("/")));
        assertEquals(Reason.NAME, refusal.reason());
    }

    @Test
    void clearsUpBehindWritersThatDiedOnly() throws IOException {
        Path target = folder.resolve("target");
        Path dead = Files.createDirectory(folder.resolve(".target.part-0123"));
        Files.write(dead.resolve("memory"), new byte[100]);
        Path others = Files.createDirectory(folder.resolve(".other.part-0123"));
        Path living = Files.createDirectory(folder.resolve(".target.part-4567"));
        try (LocalFile lock = LocalFile.open(living.toString(), LocalFile.O_DIRECTORY)) {
            assertTrue(lock.tryLock());
            TestSnapshots.write(target);
            assertFalse(Files.exists(dead));
            assertTrue(Files.exists(living));
            assertTrue(Files.exists(others));
            Folders.sweepAll(folder);
            assertEquals(List.of(".target.part-4567", "target"), names());
        }
    }
}
