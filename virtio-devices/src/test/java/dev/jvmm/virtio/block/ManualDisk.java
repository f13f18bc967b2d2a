package dev.jvmm.virtio.block;

import dev.jvmm.virtio.testing.MockDriver;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** For tests of a disk whose operations complete when the test says so. */
@Timeout(60)
abstract class ManualDisk {
    @TempDir
    Path folder;

    final ManualEngine engine = new ManualEngine();
    DiskConfig config;
    MockDriver driver;
    long buffer;

    @BeforeEach
    void start() throws IOException {
        config = DiskConfig.of(image("disk", 1 << 20).toString());
        driver = MockDriver.started(device(config, engine));
        prepare();
    }

    Path image(String name, long size) throws IOException {
        Path path = folder.resolve(name);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
        }
        return path;
    }

    static BlockDevice device(DiskConfig config, DiskEngine engine) {
        return new BlockDevice("test", config, DiskFile.open(config), engine);
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    void prepare() {
        buffer = driver.allocate(64 << 10);
    }

    /** A request of 512 bytes in a slot of memory of its own; the device is told. */
    void post(int slot, int type, long sector) {
        post(0, slot, type, sector);
    }

    void post(int queue, int slot, int type, long sector) {
        long at = buffer + slot * 1024L;
        driver.memory().write(at, BlockDriver.header(type, sector));
        driver.memory().write(at + 16, new byte[]{ (byte) BlockDriver.UNTOUCHED });
        driver.ring(queue).post(type == BlockSpec.T_OUT ? 2 : 1, at, 16, at + 512, 512, at + 16, 1);
        driver.kick(queue);
    }

    int status(int slot) {
        return driver.memory().read(buffer + slot * 1024L + 16, 1)[0] & 0xFF;
    }
}
