package dev.jvmm.virtio.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jvmm.linux.Errno;
import dev.jvmm.testing.LoopDevice;
import dev.jvmm.virtio.block.DiskOperation.Kind;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What every engine keeps. */
@Timeout(120)
abstract class DiskEngineContract {
    static final int SIZE = 2 << 20;

    @TempDir
    Path folder;

    private Path path;
    private final byte[] reference = new byte[SIZE];

    /** An engine for the disk, or a skipped test. */
    abstract DiskEngine engine(DiskFile disk);

    @BeforeEach
    void fill() throws IOException {
        path = folder.resolve("disk");
        new Random(1).nextBytes(reference);
        Files.write(path, reference);
    }

    private EngineFixture open(DiskConfig config) {
        DiskFile disk = DiskFile.open(config);
        return new EngineFixture(disk, engine(disk));
    }

    private EngineFixture open() {
        return open(DiskConfig.of(path.toString()));
    }

    @ParameterizedTest
    @CsvSource({ "false, false", "false, true", "true, false", "true, true" })
    void everyByteIsWhereItBelongs(boolean direct, boolean durable) throws IOException, InterruptedException {
        DiskConfig config = DiskConfig.of(path.toString()).withDirect(direct);
        try (EngineFixture fixture = openOrSkip(config)) {
            churn(fixture, durable, 60);
        }
        assertArrayEquals(reference, Files.readAllBytes(path));
    }

    /** Direct I/O on a host whose blocks have 4096 bytes, for a guest that asks for 512. */
    @ParameterizedTest
    @CsvSource({ "512, false", "512, true", "4096, false", "4096, true" })
    void everyByteIsWhereItBelongsOnBlockDevices(int block, boolean direct) throws IOException, InterruptedException {
        assumeTrue(LoopDevice.possible(), "no right to make loop devices here");
        try (LoopDevice loop = LoopDevice.on(path, "--sector-size", Integer.toString(block))) {
            try (EngineFixture fixture = open(DiskConfig.of(loop.path()).withDirect(direct))) {
                assertEquals(block, fixture.disk.blockSize());
                assertEquals(SIZE / 512, fixture.disk.capacity());
                churn(fixture, false, 30);
                assertEquals(0, fixture.run(fixture.operation(Kind.FLUSH, 0, 0)));
            }
        }
        assertArrayEquals(reference, Files.readAllBytes(path));
    }

    private EngineFixture openOrSkip(DiskConfig config) {
        try {
            return open(config);
        } catch (DiskException e) {
            assumeTrue(!config.direct(), e.getMessage());
            throw e;
        }
    }

    /** Rounds of operations at the same time, each in a part of the disk of its own. */
    private void churn(EngineFixture fixture, boolean durable, int rounds) throws InterruptedException {
        Random random = new Random(42);
        for (int round = 0; round < rounds; round++) {
            int parts = 1 << random.nextInt(6);
            int part = SIZE / parts;
            List<DiskOperation> operations = new ArrayList<>();
            List<byte[]> expected = new ArrayList<>();
            for (int i = 0; i < parts; i++) {
                int from = i * part + random.nextInt(part / 512) * 512;
                int length = 512 * (1 + random.nextInt(Math.min(((i + 1) * part - from) / 512, 512)));
                operations.add(any(fixture, random, from, length, i * 2 * part, durable, expected));
            }
            fixture.run(operations);
            for (int i = 0; i < parts; i++) {
                assertEquals(0, operations.get(i).result, "round " + round + ": " + operations.get(i).kind);
                if (operations.get(i).kind == Kind.READ) {
                    byte[] found = new byte[expected.get(i).length];
                    fixture.bytes.get(i * 2 * part + GAP, found);
                    assertArrayEquals(expected.get(i), found, "round " + round);
                }
            }
            fixture.recycle(operations);
        }
    }

    /** Buffers begin at an odd address at times: direct I/O can not use those. */
    private static final int GAP = 24;

    private DiskOperation any(EngineFixture fixture, Random random, int from, int length, int at, boolean durable,
            List<byte[]> expected) {
        Kind kind = Kind.values()[random.nextInt(8) < 5 ? random.nextInt(2) : random.nextInt(Kind.values().length)];
        byte[] data = new byte[length];
        DiskOperation operation;
        switch (kind) {
            case READ, WRITE -> {
                operation = fixture.operation(kind, from, length);
                split(fixture, operation, random, at + GAP, length);
                if (kind == Kind.WRITE) {
                    random.nextBytes(data);
                    fixture.bytes.put(at + GAP, data);
                    System.arraycopy(data, 0, reference, from, length);
                } else {
                    System.arraycopy(reference, from, data, 0, length);
                }
            }
            case ZERO, ZERO_UNMAP -> {
                operation = fixture.range(kind, from, length);
                System.arraycopy(data, 0, reference, from, length);
            }
            case DISCARD -> operation = fixture.range(kind, from, 0); // what remains of a discarded range is anybody's guess
            default -> operation = fixture.operation(Kind.FLUSH, 0, 0);
        }
        operation.durable = durable;
        expected.add(data);
        return operation;
    }

    private static void split(EngineFixture fixture, DiskOperation operation, Random random, int at, int length) {
        int done = 0;
        while (done < length && operation.count < EngineFixture.VECTORS - 1) {
            int piece = random.nextBoolean() ? length - done : 1 + random.nextInt(length - done);
            operation.addVector(fixture.memory.address() + at + done, piece);
            done += piece;
        }
        if (done < length) {
            operation.addVector(fixture.memory.address() + at + done, length - done);
        }
    }

    @Test
    void alignedDirectRequestsGoDirectly() throws InterruptedException {
        try (EngineFixture fixture = openOrSkip(DiskConfig.of(path.toString()).withDirect(true))) {
            DiskOperation read = fixture.transfer(Kind.READ, 8192, 4096, 4096);
            assertTrue(read.fits(fixture.disk));
            assertEquals(0, fixture.run(read));
            assertEquals(reference[8192 + 77], fixture.bytes.get(4096 + 77));
            assertFalse(fixture.transfer(Kind.READ, 8192, 4096, 4097).fits(fixture.disk));
        }
    }

    @Test
    void discardedRangesCanBeRead() throws InterruptedException {
        try (EngineFixture fixture = open()) {
            assertEquals(0, fixture.run(fixture.range(Kind.DISCARD, 4096, 65536)));
            assertEquals(0, fixture.run(fixture.transfer(Kind.READ, 0, 131072, 0)));
            assertEquals(reference[4095], fixture.bytes.get(4095));
            assertEquals(reference[4096 + 65536], fixture.bytes.get(4096 + 65536));
        }
    }

    @Test
    void fileThatShrankFailsForGood() throws IOException, InterruptedException {
        try (EngineFixture fixture = open()) {
            truncate(SIZE / 2);
            assertEquals(0, fixture.run(fixture.transfer(Kind.READ, 0, 4096, 0)), "what is there can be read");
            assertEquals(-Errno.EIO, fixture.run(fixture.transfer(Kind.READ, SIZE / 2 - 4096, 8192, 0)));
            assertTrue(fixture.disk.shrunk());
            truncate(SIZE);
            for (Kind kind : List.of(Kind.READ, Kind.WRITE)) {
                assertEquals(-Errno.EIO, fixture.run(fixture.transfer(kind, 0, 4096, 0)));
            }
            assertEquals(-Errno.EIO, fixture.run(fixture.operation(Kind.FLUSH, 0, 0)));
            assertEquals(-Errno.EIO, fixture.run(fixture.range(Kind.ZERO, 0, 4096)));
        }
    }

    @Test
    void flushSeesThatTheFileShrank() throws IOException, InterruptedException {
        try (EngineFixture fixture = open()) {
            assertEquals(0, fixture.run(fixture.operation(Kind.FLUSH, 0, 0)));
            truncate(SIZE / 2);
            assertEquals(-Errno.EIO, fixture.run(fixture.operation(Kind.FLUSH, 0, 0)));
            assertEquals(-Errno.EIO, fixture.run(fixture.transfer(Kind.WRITE, SIZE - 4096, 4096, 0)));
            assertEquals(SIZE / 2, Files.size(path));
        }
    }

    private void truncate(long size) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
        }
    }

    @Test
    void readOnlyDiskIsNotWritten() throws IOException, InterruptedException {
        try (EngineFixture fixture = open(DiskConfig.of(path.toString()).withReadOnly(true))) {
            assertTrue(fixture.run(fixture.transfer(Kind.WRITE, 0, 4096, 0)) < 0);
            assertTrue(fixture.run(fixture.range(Kind.ZERO, 0, 4096)) < 0);
            assertTrue(fixture.run(fixture.range(Kind.DISCARD, 0, 4096)) < 0);
            assertEquals(0, fixture.run(fixture.transfer(Kind.READ, 0, 4096, 0)));
            assertEquals(0, fixture.run(fixture.operation(Kind.FLUSH, 0, 0)));
        }
        assertArrayEquals(reference, Files.readAllBytes(path));
    }

    @Test
    void memoryThatIsNotThereIsAnError() throws InterruptedException {
        try (EngineFixture fixture = open()) {
            for (Kind kind : List.of(Kind.READ, Kind.WRITE)) {
                DiskOperation operation = fixture.operation(kind, 0, 4096);
                operation.addVector(4096, 4096);
                assertEquals(-Errno.EFAULT, fixture.run(operation));
            }
        }
    }

    @Test
    void fullDiskFailsAndGoesOnWhenThereIsRoom() throws IOException, InterruptedException {
        try (TinyFileSystem tiny = TinyFileSystem.of(256)) {
            Path file = tiny.folder().resolve("disk");
            try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
                sparse.setLength(1 << 20);
            }
            try (EngineFixture fixture = open(DiskConfig.of(file.toString()))) {
                assertEquals(0, fixture.run(fixture.transfer(Kind.WRITE, 0, 65536, 0)));
                assertEquals(-Errno.ENOSPC, fixture.run(fixture.transfer(Kind.WRITE, 65536, 512 << 10, 0)));
                assertEquals(-Errno.ENOSPC, fixture.run(fixture.range(Kind.ZERO, 0, 1 << 20)));
                assertEquals(0, fixture.run(fixture.range(Kind.DISCARD, 0, 1 << 20)));
                assertEquals(0, fixture.run(fixture.transfer(Kind.WRITE, 65536, 65536, 0)));
                assertEquals(0, fixture.run(fixture.operation(Kind.FLUSH, 0, 0)));
            }
        }
    }

    /** More at a time than the rings have entries. */
    @Test
    void takesMoreThanFitsAtOnce() throws InterruptedException {
        try (EngineFixture fixture = open()) {
            List<DiskOperation> operations = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                operations.add(fixture.transfer(Kind.READ, i * 512L, 512, i * 512L));
            }
            fixture.run(operations);
            for (DiskOperation operation : operations) {
                assertEquals(0, operation.result);
            }
            byte[] found = new byte[512_000];
            fixture.bytes.get(0, found);
            assertArrayEquals(Arrays.copyOf(reference, found.length), found);
            assertEquals(0, fixture.engine.inFlight());
        }
    }

    /**
     * The device goes while requests are in flight: memory is given back only when nobody works on it (Cloud Hypervisor CVE-2026-45782).
     */
    @Test
    void endWaitsForWhatIsInFlight() {
        EngineFixture fixture = open();
        List<DiskOperation> operations = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            operations.add(fixture.transfer(i % 2 == 0 ? Kind.READ : Kind.WRITE, i * 4096L, 4096, i * 4096L));
        }
        fixture.start(operations);
        assertTrue(fixture.engine.end());
        fixture.host.call(() -> {});
        assertEquals(0, fixture.left());
        fixture.close();
    }
}
