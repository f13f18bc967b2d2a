package dev.jvmm.virtio.net.host;

/** What was done to the host for a backend, and is to be taken back. */
interface Undo extends AutoCloseable {
    /** Nothing was. */
    Undo NOTHING = new Undo() {
        @Override
        public void close() {}
    };

    /** Does not throw: a failure is logged, and the next run tries again. */
    @Override
    void close();
}
