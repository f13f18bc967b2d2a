package dev.jvmm.virtio.block;

import dev.jvmm.linux.IoUringUnavailableException;
import org.opentest4j.TestAbortedException;

/** io_uring, where the host has it. */
final class UringEngineTest extends DiskEngineContract {
    @Override
    DiskEngine engine(DiskFile disk) {
        try {
            return new UringEngine(disk, "test");
        } catch (IoUringUnavailableException e) {
            disk.close();
            throw new TestAbortedException(e.getMessage());
        }
    }
}
