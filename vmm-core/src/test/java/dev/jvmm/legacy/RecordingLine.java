package dev.jvmm.legacy;

import dev.jvmm.irq.InterruptLine;

/** Counts edges; complains of a level set twice, which would be a wasted system call. */
final class RecordingLine implements InterruptLine {
    private boolean level;
    private int edges;

    @Override
    public synchronized void set(boolean wanted) {
        if (wanted == level) {
            throw new AssertionError("level set to what it is");
        }
        level = wanted;
        edges += wanted ? 1 : 0;
    }

    synchronized boolean up() {
        return level;
    }

    /** Rising edges since the last call. */
    synchronized int edges() {
        int count = edges;
        edges = 0;
        return count;
    }
}
