package dev.jvmm.virtio.block;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.jvmm.event.EventLoop;
import dev.jvmm.linux.IoUring;
import dev.jvmm.linux.IoUringUnavailableException;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opentest4j.TestAbortedException;

/** Reads and writes of 4 KiB on a real file, from the kick to the interrupt: the threads that carry them allocate nothing. */
@Timeout(120)
final class BlockAllocationTest {
    private static final int WARM_UP = 20_000;
    private static final int MEASURED = 4_000;

    /** Until the compiler has come to all of the way: on a busy host that takes longer than the warm-up. */
    private static final int WINDOWS = 15;

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(names = { "IO_URING", "THREADS" })
    void aRequestAllocatesNothing(DiskConfig.Engine engine) throws IOException {
        if (engine == DiskConfig.Engine.IO_URING) {
            try {
                IoUring.create(1).close();
            } catch (IoUringUnavailableException e) {
                throw new TestAbortedException(e.getMessage());
            }
        }
        Path path = folder.resolve("disk");
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(1 << 20);
        }
        DiskConfig config = DiskConfig.of(path.toString()).withEngine(engine);
        try (MockDriver driver = MockDriver.started(BlockDevice.open("allocation", config))) {
            repeat(driver);
        }
    }

    private static void repeat(MockDriver driver) {
        MockRing ring = driver.ring(0);
        int read = post(driver, BlockSpec.T_IN);
        int write = post(driver, BlockSpec.T_OUT);
        driver.kick(0);
        for (int i = 0; i < 2; i++) {
            driver.awaitUsed(0);
            ring.takeUsedAndKeep();
        }
        rounds(driver, WARM_UP, read, write);
        long least = Long.MAX_VALUE;
        for (int i = 0; i < WINDOWS && least >= 8 * MEASURED; i++) {
            long before = allocated();
            rounds(driver, MEASURED, read, write);
            least = Math.min(least, allocated() - before);
        }
        assertTrue(least < 8 * MEASURED, least + " bytes for " + MEASURED + " requests");
    }

    private static void rounds(MockDriver driver, int count, int read, int write) {
        MockRing ring = driver.ring(0);
        EventLoop loop = driver.wiring().loop();
        Runnable kick = () -> driver.kick(0);
        for (int i = 0; i < count; i++) {
            ring.publish(i % 2 == 0 ? read : write);
            loop.post(kick);
            driver.awaitUsed(0);
            ring.takeUsedAndKeep();
        }
    }

    private static int post(MockDriver driver, int type) {
        long at = driver.allocate(8192);
        driver.memory().write(at, BlockDriver.header(type, 8));
        long data = at + 4096;
        return driver.ring(0).post(type == BlockSpec.T_OUT ? 2 : 1, at, 16, data, 4096, at + 16, 1);
    }

    /** By the loop's thread and the engine's. */
    private static long allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long bytes = 0;
        int found = 0;
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("mock-loop") || thread.getName().startsWith("allocation-io")) {
                bytes += threads.getThreadAllocatedBytes(thread.threadId());
                found++;
            }
        }
        assertTrue(found > 0);
        return bytes;
    }
}
