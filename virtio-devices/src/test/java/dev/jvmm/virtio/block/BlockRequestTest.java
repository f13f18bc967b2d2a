package dev.jvmm.virtio.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.virtio.block.BlockDriver.Answer;
import dev.jvmm.virtio.testing.MockDriver;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests, honest and hostile, on a real file. */
@Timeout(60)
final class BlockRequestTest {
    private static final int SECTORS = 64;
    private static final byte[] NOTHING = {};

    @TempDir
    Path folder;

    private final byte[] contents = new byte[SECTORS * 512];
    private Path path;
    private MockDriver driver;
    private BlockDriver block;

    @BeforeEach
    void start() throws IOException {
        path = folder.resolve("disk");
        new Random(7).nextBytes(contents);
        Files.write(path, contents);
        start(DiskConfig.of(path.toString()).withSerial("serial-1"));
    }

    private void start(DiskConfig config) {
        if (driver != null) {
            driver.close();
        }
        driver = MockDriver.started(BlockDevice.open("test", config));
        block = new BlockDriver(driver);
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    private void unchanged() throws IOException {
        assertEquals(0, block.flush().status());
        assertArrayEquals(contents, Files.readAllBytes(path));
    }

    @ParameterizedTest
    @CsvSource({ "0, 512", "63, 512", "0, 32768", "3, 4608" })
    void readsWhatIsThere(long sector, int length) {
        Answer answer = block.read(sector, length);
        assertEquals(BlockSpec.S_OK, answer.status());
        assertEquals(length + 1, answer.used());
        int from = (int) sector * 512;
        assertArrayEquals(Arrays.copyOfRange(contents, from, from + length), answer.data());
    }

    /** Numbers that wrap around when they are added, shifted or taken for signed ones. */
    @ParameterizedTest
    @CsvSource({
        "-1, 512", "-1, 1024", "64, 512", "63, 1024", "0, 33280", "36028797018963968, 512", "9223372036854775807, 512",
        "-9223372036854775808, 512", "0, 100", "0, 511", "0, 513", "65, 0", "36028797018963967, 512" })
    void whatIsNotOnTheDiskIsAnError(long sector, int length) throws IOException {
        Answer answer = block.read(sector, length);
        assertEquals(BlockSpec.S_IOERR, answer.status());
        assertEquals(length == 0 ? 1 : 0, answer.used(), "nothing is in front of the status");
        assertArrayEquals(new byte[length], answer.data());
        assertEquals(BlockSpec.S_IOERR, block.write(sector, new byte[length]).status());
        unchanged();
        assertFalse(driver.needsReset());
    }

    @Test
    void requestsWithoutDataAreDone() throws IOException {
        assertEquals(1, block.read(0, 0).used());
        assertEquals(0, block.write(64, NOTHING).status());
        unchanged();
    }

    @ParameterizedTest
    @ValueSource(ints = { 2, 3, 5, 10, 12, 14, 99, -1, Integer.MIN_VALUE, Integer.MIN_VALUE + 1 })
    void unknownRequestsAreUnsupported(int type) throws IOException {
        assertEquals(BlockSpec.S_UNSUPP, block.send(0, type, 0, new byte[512], 0).status());
        assertEquals(BlockSpec.S_UNSUPP, block.send(0, type, 0, NOTHING, 512).status());
        unchanged();
    }

    @Test
    void tellsItsSerialNumber() {
        byte[] serial = Arrays.copyOf("serial-1".getBytes(StandardCharsets.US_ASCII), 20);
        for (int room : new int[]{ 0, 1, 5, 20, 512 }) {
            Answer answer = block.send(0, BlockSpec.T_GET_ID, 0, NOTHING, room);
            assertEquals(0, answer.status());
            assertArrayEquals(Arrays.copyOf(Arrays.copyOf(serial, Math.min(room, 20)), room), answer.data());
            assertEquals(room > 20 ? 20 : room + 1, answer.used());
        }
    }

    /** Header, data and status end anywhere (virtio 1.2, 2.7.4.1). */
    @ParameterizedTest
    @ValueSource(ints = { 7, 16, 17, 100, 511, 512, 4096 })
    void buffersMayBeCutAnywhere(int piece) {
        byte[] data = new byte[1024];
        new Random(piece).nextBytes(data);
        assertEquals(0, block.sendCut(0, BlockSpec.T_OUT, 5, data, 0, piece).status());
        Answer answer = block.sendCut(0, BlockSpec.T_IN, 5, NOTHING, 1024, piece);
        assertEquals(0, answer.status());
        assertArrayEquals(data, answer.data());
        assertEquals(1025, answer.used());
        assertEquals(0, block.sendCut(0, BlockSpec.T_WRITE_ZEROES, 0, BlockDriver.range(5, 1, 0), 0, piece).status());
        Arrays.fill(data, 0, 512, (byte) 0);
        assertArrayEquals(data, block.sendCut(0, BlockSpec.T_IN, 5, NOTHING, 1024, piece).data());
    }

    @Test
    void everyByteOfTheHeaderMayHaveABuffer() {
        assertEquals(0, block.sendCut(0, BlockSpec.T_GET_ID, 0, NOTHING, 20, 1).status());
    }

    @Test
    void withoutHeaderOrStatusItStopsUntilItIsReset() {
        long buffer = driver.allocate(1024);
        long[][] lies = { { buffer, 15, buffer + 512, 1 }, { buffer, 16 }, { buffer, 528 } };
        for (long[] lie : lies) {
            driver.ring(0).post(1, lie);
            stopsAndComesBack();
        }
        driver.ring(0).post(0, buffer, 16, buffer + 512, 512, buffer + 1023, 1); // all of it writable
        stopsAndComesBack();
    }

    private void stopsAndComesBack() {
        driver.kick(0);
        assertTrue(driver.needsReset());
        driver.reset();
        driver.start();
        assertEquals(0, block.read(0, 512).status());
    }

    /** A buffer in the ring twice, one that covers the rings, one of 4 GiB: whatever it says, only RAM is read and written. */
    @Test
    void buffersThatAreNotRamStopIt() {
        long buffer = driver.allocate(1024);
        driver.memory().write(buffer, BlockDriver.header(BlockSpec.T_IN, 0));
        driver.ring(0).post(1, buffer, 16, MockDriver.MEMORY - 256, 512, buffer + 512, 1);
        stopsAndComesBack();
        buffer = driver.allocate(1024);
        driver.memory().write(buffer, BlockDriver.header(BlockSpec.T_IN, 0));
        driver.ring(0).post(1, buffer, 16, 0, 0xFFFF_FFFFL, buffer + 512, 1);
        stopsAndComesBack();
    }

    @Test
    void rangesAreChecked() throws IOException {
        int most = BlockRequest.MOST_RANGE_SECTORS;
        assertEquals(BlockSpec.S_IOERR, block.discard(new byte[15]).status());
        assertEquals(BlockSpec.S_IOERR, block.discard().status());
        assertEquals(BlockSpec.S_IOERR, block.writeZeroes(new byte[17]).status());
        assertEquals(BlockSpec.S_IOERR, block.writeZeroes(new byte[33 * 16]).status());
        assertEquals(BlockSpec.S_UNSUPP, block.discard(BlockDriver.range(0, 1, 1)).status(), "nothing to unmap for");
        assertEquals(BlockSpec.S_UNSUPP, block.discard(BlockDriver.range(0, 1, 2)).status());
        assertEquals(BlockSpec.S_UNSUPP, block.writeZeroes(BlockDriver.range(0, 1, 3)).status());
        assertEquals(BlockSpec.S_IOERR, block.discard(BlockDriver.range(0, most + 1, 0)).status());
        for (byte[] outside : new byte[][]{ BlockDriver.range(64, 1, 0), BlockDriver.range(63, 2, 0),
            BlockDriver.range(-1, 1, 0), BlockDriver.range(-1, 2, 0), BlockDriver.range(0, -1, 0),
            BlockDriver.range(Long.MIN_VALUE, 1, 0), BlockDriver.range(1L << 55, 1, 0) }) {
            assertEquals(BlockSpec.S_IOERR, block.discard(outside).status());
            assertEquals(BlockSpec.S_IOERR, block.writeZeroes(outside).status());
            byte[] good = BlockDriver.range(0, 8, 0);
            assertEquals(BlockSpec.S_IOERR, block.writeZeroes(join(good, outside)).status(), "all or nothing");
        }
        unchanged();
        assertFalse(driver.needsReset());
    }

    private static byte[] join(byte[] one, byte[] other) {
        return ByteBuffer.allocate(one.length + other.length).put(one).put(other).array();
    }

    @Test
    void writesZeroes() throws IOException {
        byte[] ranges = join(BlockDriver.range(3, 2, 0),
                join(BlockDriver.range(20, 0, 0), BlockDriver.range(40, 24, 1)));
        assertEquals(0, block.writeZeroes(ranges).status());
        assertEquals(0, block.writeZeroes(BlockDriver.range(8, 8, 1)).status());
        Arrays.fill(contents, 3 * 512, 5 * 512, (byte) 0);
        Arrays.fill(contents, 8 * 512, 16 * 512, (byte) 0);
        Arrays.fill(contents, 40 * 512, 64 * 512, (byte) 0);
        unchanged();
    }

    @Test
    void discardsOnlyWhatItIsTold() throws IOException {
        assertEquals(0, block.discard(BlockDriver.range(8, 16, 0)).status());
        byte[] after = Files.readAllBytes(path);
        assertArrayEquals(Arrays.copyOf(contents, 8 * 512), Arrays.copyOf(after, 8 * 512));
        assertArrayEquals(Arrays.copyOfRange(contents, 24 * 512, contents.length),
                Arrays.copyOfRange(after, 24 * 512, after.length));
        assertEquals(contents.length, after.length);
    }

    @Test
    void readOnlyDiskSaysSoAndStaysAsItIs() throws IOException {
        start(DiskConfig.of(path.toString()).withReadOnly(true));
        assertEquals(BlockSpec.F_RO,
                driver.offered() & (BlockSpec.F_RO | BlockSpec.F_DISCARD | BlockSpec.F_WRITE_ZEROES));
        assertEquals(BlockSpec.S_IOERR, block.write(0, new byte[512]).status());
        assertEquals(BlockSpec.S_IOERR, block.writeZeroes(BlockDriver.range(0, 1, 0)).status());
        assertEquals(BlockSpec.S_IOERR, block.discard(BlockDriver.range(0, 1, 0)).status());
        assertEquals(BlockSpec.S_OK, block.read(0, 512).status());
        unchanged();
    }

    @Test
    void configurationSpaceIsTheDisk() {
        assertEquals(SECTORS, driver.config(BlockSpec.CONFIG_CAPACITY, 8));
        assertEquals(512, driver.config(BlockSpec.CONFIG_BLK_SIZE, 4));
        assertEquals(3, driver.config(BlockSpec.CONFIG_PHYSICAL_BLOCK_EXP, 1));
        assertEquals(254, driver.config(BlockSpec.CONFIG_SEG_MAX, 4));
        assertEquals(1, driver.config(BlockSpec.CONFIG_NUM_QUEUES, 2));
        assertEquals(0, driver.offered() & BlockSpec.F_MQ);
        start(DiskConfig.of(path.toString()).withQueues(4));
        assertEquals(4, driver.config(BlockSpec.CONFIG_NUM_QUEUES, 2));
        assertEquals(BlockSpec.F_MQ, driver.offered() & BlockSpec.F_MQ);
    }

    /** The guest is told, and everything else goes on. */
    @Test
    void fullDiskIsAnErrorOfOneRequest() throws IOException {
        try (TinyFileSystem tiny = TinyFileSystem.of(64)) {
            Path image = tiny.folder().resolve("disk");
            try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
                file.setLength(1 << 20);
            }
            start(DiskConfig.of(image.toString()));
            assertEquals(BlockSpec.S_IOERR, block.write(0, new byte[256 << 10]).status());
            assertEquals(BlockSpec.S_OK, block.discard(BlockDriver.range(0, 2048, 0)).status());
            assertEquals(BlockSpec.S_OK, block.write(0, new byte[4096]).status());
            assertFalse(driver.needsReset());
            start(DiskConfig.of(path.toString())); // the tiny one can go
        }
    }

    @Test
    void lockedDiskNamesItself() {
        String message = "";
        try {
            BlockDevice.open("other", DiskConfig.of(path.toString())).close();
        } catch (DiskException e) {
            message = e.getMessage();
        }
        assertTrue(message.contains(path.toString()) && message.contains("in use"), message);
    }
}
