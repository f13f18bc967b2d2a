package dev.jvmm.virtio.block;

import dev.jvmm.virtio.VirtioHost;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Operations wait until the test lets them complete; nothing is done. */
final class ManualEngine implements DiskEngine {
    final List<DiskOperation> waiting = new ArrayList<>();
    private VirtioHost host;
    private Listener listener;

    @Override
    public void attach(VirtioHost surroundings, Listener hearer) {
        host = surroundings;
        listener = hearer;
    }

    @Override
    public synchronized void submit(DiskOperation operation) {
        waiting.add(operation);
    }

    @Override
    public void flush() {}

    @Override
    public synchronized int inFlight() {
        return waiting.size();
    }

    @Override
    public boolean end() {
        return inFlight() == 0;
    }

    /** Completes the oldest ones; returns when the device has heard of them. */
    void complete(int count, int result) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        host.post(() -> {
            for (int i = 0; i < count; i++) {
                DiskOperation operation;
                synchronized (this) {
                    operation = waiting.removeFirst();
                }
                operation.result = result;
                listener.completed(operation);
            }
            listener.settled();
            done.countDown();
        });
        done.await();
    }
}
