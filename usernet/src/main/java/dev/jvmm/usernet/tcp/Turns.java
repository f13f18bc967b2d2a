package dev.jvmm.usernet.tcp;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;

/**
 * Which connections have something to do at the end of the event loop's turn, and which wait for room in front of the guest.
 * Each has its share in its turn, and the loop's other work has its own after a bounded number of them.
 */
final class Turns implements Runnable {
    private static final int STEPS = 64;

    private final EventLoop loop;
    private final ArrayDeque<TcpConnection> touched = new ArrayDeque<>();
    private final ArrayDeque<TcpConnection> waiting = new ArrayDeque<>();
    private boolean due;
    private boolean blocked;
    private Runnable before = Turns::nothing;

    Turns(EventLoop loop) {
        this.loop = loop;
    }

    private static void nothing() {
        // until the stack says what to do first
    }

    /** Called at the start of each turn. */
    void before(Runnable action) {
        before = action;
    }

    void touch(TcpConnection connection) {
        if (!connection.queued) {
            connection.queued = true;
            touched.add(connection);
            schedule();
        }
    }

    /** The sink takes nothing until {@link #unblock}. */
    void block() {
        blocked = true;
    }

    boolean blocked() {
        return blocked;
    }

    void unblock() {
        blocked = false;
        if (!waiting.isEmpty()) {
            schedule();
        }
    }

    void clear() {
        touched.clear();
        waiting.clear();
    }

    private void schedule() {
        if (!due) {
            due = true;
            loop.execute(this);
        }
    }

    @Override
    public void run() {
        due = false;
        before.run();
        int steps = STEPS;
        // those who wait longest come first, or those who need not wait would take all the room
        for (int left = waiting.size(); left > 0 && steps > 0 && !blocked; left--) {
            TcpConnection connection = waiting.poll();
            connection.waiting = false;
            settle(connection);
            steps--;
        }
        for (int left = touched.size(); left > 0 && steps > 0; left--) {
            TcpConnection connection = touched.poll();
            connection.queued = false;
            settle(connection);
            steps--;
        }
        if (!touched.isEmpty() || !blocked && !waiting.isEmpty()) {
            schedule();
        }
    }

    private void settle(TcpConnection connection) {
        connection.settle();
        if (blocked && !connection.waiting && connection.state() != TcpState.CLOSED) {
            connection.waiting = true;
            waiting.add(connection);
        }
    }
}
