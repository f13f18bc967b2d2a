package dev.jvmm.snapshot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.LocalFile;
import dev.jvmm.snapshot.SnapshotException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class SnapshotTest {
    @TempDir
    private Path folder;

    private Path made;

    @BeforeEach
    void make() {
        made = folder.resolve("made");
        TestSnapshots.write(made);
    }

    private static SnapshotException refused(Path path, Reason reason, String words) {
        SnapshotException refusal = assertThrows(SnapshotException.class,
                () -> Snapshot.open(path, TestSnapshots.NONE));
        assertEquals(reason, refusal.reason(), refusal.getMessage());
        assertTrue(refusal.getMessage().contains(words), refusal.getMessage());
        assertFalse(refusal.getMessage().contains("\n"), refusal.getMessage());
        return refusal;
    }

    private static void assertRight(Path path) {
        try (Snapshot snapshot = Snapshot.open(path, TestSnapshots.IDENTITY)) {
            assertEquals(TestSnapshots.IDENTITY, snapshot.identity());
            assertEquals(TestSnapshots.DESCRIPTION, snapshot.description());
            assertEquals(TestSnapshots.RECORDS, snapshot.records());
            TestSnapshots.memory().assertEqualTo(snapshot);
        }
    }

    /** Changes a byte without changing what the file system says of the file's size and modification. */
    private static void flip(Path file, long offset) throws IOException {
        FileTime modified = Files.getLastModifiedTime(file);
        file.toFile().setWritable(true);
        try (var channel = Files.newByteChannel(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.position(offset).read(one);
            one.put(0, (byte) (one.get(0) ^ 0x10));
            channel.position(offset).write(one.flip());
        }
        Files.setLastModifiedTime(file, modified);
    }

    @Test
    void givesBackWhatWasWritten() throws IOException {
        assertRight(made);
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(made), left.toList());
        }
    }

    @Test
    void leavesZerosOut() throws IOException {
        long blocks;
        try (LocalFile memory = LocalFile.open(made.resolve("memory").toString(), 0)) {
            blocks = memory.status().blocks();
        }
        assertTrue(blocks * 512 <= 16 * 4096, "6 pages have data, " + blocks + " blocks are taken");
    }

    @Test
    void takesAStampedMemoryAsItIsAndReadsAnother() throws IOException {
        byte[] stamp = Files.readAllBytes(made.resolve("stamp"));
        assertRight(made);
        assertArrayEquals(stamp, Files.readAllBytes(made.resolve("stamp")), "it fitted");
        Files.setLastModifiedTime(made.resolve("memory"), FileTime.fromMillis(1));
        settle();
        assertRight(made);
        assertFalse(java.util.Arrays.equals(stamp, Files.readAllBytes(made.resolve("stamp"))), "it was renewed");
        stamp = Files.readAllBytes(made.resolve("stamp"));
        assertRight(made);
        assertArrayEquals(stamp, Files.readAllBytes(made.resolve("stamp")), "the new one fits");
    }

    private static void settle() {
        try {
            Thread.sleep(3 * Stamp.TICK_NANOS / 1_000_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void doesNotStampAnewWhereItsOwnerMayNotWrite() throws IOException {
        Files.setLastModifiedTime(made.resolve("memory"), FileTime.fromMillis(1));
        byte[] stamp = Files.readAllBytes(made.resolve("stamp"));
        made.resolve("stamp").toFile().setWritable(false);
        settle();
        assertRight(made);
        assertArrayEquals(stamp, Files.readAllBytes(made.resolve("stamp")));
        made.resolve("stamp").toFile().setWritable(true);
        Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("r-xr-xr-x"));
        assertRight(made);
        assertArrayEquals(stamp, Files.readAllBytes(made.resolve("stamp")));
        Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void readsACopyInFull() throws IOException {
        Path copy = Files.createDirectory(folder.resolve("copy"));
        for (String name : List.of("state", "memory", "stamp")) {
            Files.copy(made.resolve(name), copy.resolve(name), StandardCopyOption.COPY_ATTRIBUTES);
        }
        assertRight(copy);
        flip(copy.resolve("memory"), 1 << 20);
        refused(copy, Reason.CHANGED, "memory");
        assertRight(made);
    }

    @Test
    void seesAByteThatChangedInData() throws IOException {
        flip(made.resolve("memory"), 4999);
        refused(made, Reason.CHANGED, "memory");
    }

    @Test
    void seesAByteThatChangedInAHole() throws IOException {
        flip(made.resolve("memory"), 1_500_000);
        refused(made, Reason.CHANGED, "memory");
    }

    @Test
    void seesAMemoryThatIsLongerOrShorterOrGone() throws IOException {
        Path memory = made.resolve("memory");
        memory.toFile().setWritable(true);
        Files.write(memory, new byte[1], StandardOpenOption.APPEND);
        refused(made, Reason.CHANGED, "longer");
        try (var channel = Files.newByteChannel(memory, StandardOpenOption.WRITE)) {
            channel.truncate(2 << 20);
        }
        refused(made, Reason.CUT_SHORT, "memory");
        Files.delete(memory);
        refused(made, Reason.CUT_SHORT, "no file memory");
    }

    @Test
    void refusesWhatIsNoFile() throws IOException, InterruptedException {
        for (String name : List.of("memory", "state")) {
            Path aside = Files.move(made.resolve(name), folder.resolve("aside"));
            Files.createSymbolicLink(made.resolve(name), aside);
            refused(made, Reason.STORAGE, "symbolic link");
            Files.delete(made.resolve(name));
            Files.createDirectory(made.resolve(name));
            refused(made, Reason.CHANGED, "no ordinary file");
            Files.delete(made.resolve(name));
            assertEquals(0, new ProcessBuilder("mkfifo", made.resolve(name).toString()).start().waitFor());
            refused(made, Reason.CHANGED, "no ordinary file");
            Files.move(aside, made.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
        assertRight(made);
        Files.delete(made.resolve("stamp"));
        assertEquals(0, new ProcessBuilder("mkfifo", made.resolve("stamp").toString()).start().waitFor());
        assertRight(made);
    }

    @Test
    void refusesWhatIsNotThere() throws IOException {
        refused(folder.resolve("none"), Reason.MISSING, "none");
        refused(Files.createFile(folder.resolve("file")), Reason.STORAGE, "file");
        refused(Files.createDirectory(folder.resolve("empty")), Reason.CUT_SHORT, "no file state");
    }

    @Test
    void refusesAnotherVersionByItsNumber() throws IOException {
        byte[] state = Files.readAllBytes(made.resolve("state"));
        ByteBuffer head = ByteBuffer.wrap(state).order(ByteOrder.LITTLE_ENDIAN).putInt(8, StateFile.VERSION + 1);
        CRC32 crc = new CRC32();
        crc.update(state, 0, 12);
        head.putInt(12, (int) crc.getValue());
        made.resolve("state").toFile().setWritable(true);
        Files.write(made.resolve("state"), state);
        refused(made, Reason.VERSION, "format version 2");
    }

    @Test
    void refusesAnotherIdentityByWhatDiffers() {
        Identity four = new Identity(List.of(new Fact("vCPUs", "4")));
        SnapshotException refusal = assertThrows(SnapshotException.class, () -> Snapshot.open(made, four));
        assertEquals(Reason.IDENTITY, refusal.reason());
        assertEquals("the snapshot " + made + " does not fit: its vCPUs is \"2\", here it is \"4\"",
                refusal.getMessage());
        Identity more = TestSnapshots.IDENTITY.with(List.of(new Fact("colour", "red")));
        refusal = assertThrows(SnapshotException.class, () -> Snapshot.open(made, more));
        assertTrue(refusal.getMessage().contains("does not say its colour"), refusal.getMessage());
    }

    @Test
    void staysUsableWhenItsFolderIsRemoved() throws IOException {
        try (Snapshot snapshot = Snapshot.open(made, TestSnapshots.IDENTITY)) {
            Folders.remove(made);
            assertFalse(Files.exists(made));
            TestSnapshots.memory().assertEqualTo(snapshot);
        }
    }
}
