package dev.jvmm.virtio.block;

/** With threads, and several queues. */
final class ThreadedBlockDeviceTest extends BlockDeviceContract {
    @Override
    DiskConfig configure(DiskConfig config) {
        return config.withEngine(DiskConfig.Engine.THREADS).withQueues(3);
    }
}
