package dev.jvmm.virtio.block;

/** Threads. */
final class WorkerEngineTest extends DiskEngineContract {
    @Override
    DiskEngine engine(DiskFile disk) {
        return new WorkerEngine(disk, "test", 3);
    }
}
