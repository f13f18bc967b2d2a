package dev.jvmm.virtio.block;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.Mapping;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** An engine on a disk, with memory to read into and write from. Blocks until what it was asked for is done. */
final class EngineFixture implements AutoCloseable, DiskEngine.Listener {
    static final int MEMORY = 4 << 20;
    static final int VECTORS = 64;

    final LoopHost host = new LoopHost();
    final Mapping memory = Mapping.anonymous(MEMORY, 0);
    final ByteBuffer bytes = memory.view(0, MEMORY);
    final DiskFile disk;
    final DiskEngine engine;
    private final List<DiskOperation> free = new ArrayList<>();
    private CountDownLatch running;
    private int made;

    EngineFixture(DiskFile disk, DiskEngine engine) {
        this.disk = disk;
        this.engine = engine;
        engine.attach(host, this);
    }

    /** A new operation without vectors. */
    DiskOperation operation(DiskOperation.Kind kind, long offset, long length) {
        DiskOperation operation = free.isEmpty() ? new DiskOperation(made++, VECTORS) : free.removeLast();
        operation.begin(kind, offset, length);
        return operation;
    }

    /** Reads or writes one piece of memory. */
    DiskOperation transfer(DiskOperation.Kind kind, long offset, long length, long at) {
        DiskOperation operation = operation(kind, offset, length);
        operation.addVector(memory.address() + at, length);
        return operation;
    }

    /** Fills, discards. */
    DiskOperation range(DiskOperation.Kind kind, long offset, long length) {
        DiskOperation operation = operation(kind, 0, 0);
        operation.addVector(offset, length);
        return operation;
    }

    /** Carries them out at the same time; afterwards each has its result. */
    void run(List<DiskOperation> operations) throws InterruptedException {
        start(operations);
        assertTrue(running.await(60, TimeUnit.SECONDS), "all complete");
    }

    void start(List<DiskOperation> operations) {
        running = new CountDownLatch(operations.size());
        host.call(() -> {
            for (DiskOperation operation : operations) {
                engine.submit(operation);
            }
            engine.flush();
        });
    }

    /** The result of one alone. */
    int run(DiskOperation operation) throws InterruptedException {
        run(List.of(operation));
        return operation.result;
    }

    long left() {
        return running.getCount();
    }

    void recycle(List<DiskOperation> operations) {
        free.addAll(operations);
    }

    @Override
    public void completed(DiskOperation operation) {
        running.countDown();
    }

    @Override
    public void settled() {}

    @Override
    public void close() {
        assertTrue(engine.end(), "nothing is left in flight");
        host.close();
        disk.close();
        memory.close();
    }
}
