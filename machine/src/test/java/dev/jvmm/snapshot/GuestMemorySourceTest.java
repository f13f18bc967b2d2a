package dev.jvmm.snapshot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest's memory through a snapshot and back, twice. */
@Timeout(60)
final class GuestMemorySourceTest {
    @TempDir
    private Path folder;

    private final Map<Long, byte[]> written = new TreeMap<>();

    private void write(GuestMemory memory, long address, int length) {
        byte[] bytes = new byte[length];
        new Random(address).nextBytes(bytes);
        memory.write(address, bytes);
        written.put(address, bytes);
    }

    private void assertHasAll(GuestMemory memory) {
        written.forEach(
                (address, bytes) -> assertArrayEquals(bytes, memory.read(address, bytes.length), "at " + address));
    }

    private Path save(String name, GuestMemory memory) {
        Path target = folder.resolve(name);
        try (SnapshotWriter writer = SnapshotWriter.create(target)) {
            writer.memory(new GuestMemorySource(memory));
            writer.commit(TestSnapshots.IDENTITY, List.of(), List.of());
        }
        return target;
    }

    private static GuestMemory open(Path snapshot, MemoryOptions options) {
        try (Snapshot opened = Snapshot.open(snapshot, TestSnapshots.IDENTITY)) {
            return GuestMemory.ofFile(opened.takeMemory(), options);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void comesBackWithWhatItsGuestsWrote(boolean shared) throws IOException {
        MemoryOptions options = MemoryOptions.ofSize(5L << 30);
        MemoryOptions first = new MemoryOptions(options.size(), shared, false, false, false);
        Path parent;
        try (GuestMemory memory = GuestMemory.allocate(first)) {
            write(memory, 0, 100_000);
            write(memory, (1L << 30) + 4096, 3 << 20);
            write(memory, AddressMap.DEVICE_HOLE_START - 8, 8);
            write(memory, AddressMap.RAM_ABOVE_4G, 5000);
            parent = save("parent", memory);
        }
        Path child;
        try (GuestMemory clone = open(parent, options); GuestMemory other = open(parent, options)) {
            assertHasAll(clone);
            write(clone, AddressMap.RAM_ABOVE_4G + (1L << 30), 10);
            write(clone, 50_000, 10);
            assertEquals(0, other.read(AddressMap.RAM_ABOVE_4G + (1L << 30), 1)[0]);
            Folders.remove(parent);
            child = save("child", clone);
        }
        try (GuestMemory grandchild = open(child, options)) {
            byte[] early = written.remove(0L);
            assertHasAll(grandchild);
            System.arraycopy(written.get(50_000L), 0, early, 50_000, 10);
            assertArrayEquals(early, grandchild.read(0, early.length));
        }
        assertTrue(Folders.diskSize(child) < 8 << 20, "it is sparse");
    }

    @Test
    void anUntouchedMemoryTakesNoSpace() {
        try (GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(1L << 30))) {
            assertTrue(Folders.diskSize(save("untouched", memory)) <= 8192);
        }
    }
}
