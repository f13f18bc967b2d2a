package dev.jvmm.virtio.transport;

import dev.jvmm.event.EventLoop;

/** Counts the edges of an interrupt, of which any thread may hear. */
final class StressWiring implements Wiring {
    private int edges;

    @Override
    public synchronized void interrupt() {
        edges++;
    }

    synchronized int edges() {
        return edges;
    }

    @Override
    public EventLoop loop() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Doorbell doorbell(int queue, Runnable kicked) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
