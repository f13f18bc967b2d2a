package dev.jvmm.virtio.block;

import dev.jvmm.linux.IoUring;
import dev.jvmm.linux.IoUringUnavailableException;
import org.junit.jupiter.api.BeforeAll;
import org.opentest4j.TestAbortedException;

/** With io_uring, where the host has it. */
final class UringBlockDeviceTest extends BlockDeviceContract {
    @BeforeAll
    static void ask() {
        try {
            IoUring.create(1).close();
        } catch (IoUringUnavailableException e) {
            throw new TestAbortedException(e.getMessage());
        }
    }

    @Override
    DiskConfig configure(DiskConfig config) {
        return config.withEngine(DiskConfig.Engine.IO_URING);
    }
}
