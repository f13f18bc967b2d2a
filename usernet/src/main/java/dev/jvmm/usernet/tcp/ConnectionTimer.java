package dev.jvmm.usernet.tcp;

import io.netty.util.concurrent.ScheduledFuture;

/**
 * A connection's one timer: for what was not acknowledged, for an acknowledgment that waits, and for the connection itself when
 * its guest is silent. Deadlines move with each segment and the timer does not: it comes, sees that there is time, and is set
 * anew.
 */
final class ConnectionTimer implements Runnable {
    /** RFC 9293, 3.8.4, with Linux's figures: how often, and how many times in vain, a silent guest is asked. */
    private static final long PROBE_INTERVAL = 75_000_000_000L;
    private static final int MOST_PROBES = 9;

    private final TcpConnection connection;
    private final TcpStack stack;
    private long life = Sender.NEVER;
    private long heard;
    private int probes;
    private ScheduledFuture<?> wake;
    private long wakeAt;

    ConnectionTimer(TcpConnection connection) {
        this.connection = connection;
        stack = connection.stack;
    }

    /** The guest has said something. */
    void heard(long now) {
        heard = now;
        probes = 0;
    }

    /** When to see whether the connection is still needed. */
    void live(long until) {
        life = until;
    }

    /** Sees to it that the next deadline is not missed. */
    void arm() {
        long at = Math.min(life, connection.sender.timer());
        if (connection.receiver != null) {
            at = Math.min(at, connection.receiver.timer());
        }
        if (at == Sender.NEVER || wake != null && wakeAt <= at) {
            return;
        }
        cancel();
        wakeAt = at;
        wake = stack.wake(this, at);
    }

    void cancel() {
        if (wake != null) {
            wake.cancel(false);
            wake = null;
        }
    }

    @Override
    public void run() {
        wake = null;
        long now = stack.now();
        if (connection.state() == TcpState.CLOSED) {
            return;
        }
        if (connection.receiver != null) {
            connection.receiver.timedOut(now);
        }
        if (now >= connection.sender.timer() && !retransmitted(now) || now >= life && !lives(now)) {
            return;
        }
        stack.touch(connection);
    }

    /** @return false when the guest was given up */
    private boolean retransmitted(long now) {
        boolean goesOn;
        if (connection.state().synchronised()) {
            goesOn = connection.sender.timedOut(now);
        } else {
            goesOn = stack.blocked() || connection.sender.synchroniseAgain();
            if (goesOn) {
                connection.sendSyn();
            }
        }
        if (!goesOn) {
            connection.reset();
        }
        return goesOn;
    }

    /** Keeps a silent connection, asks its guest, or ends it. @return false when it has ended */
    private boolean lives(long now) {
        if (connection.state() == TcpState.TIME_WAIT) {
            connection.remove();
            return false;
        }
        long silent = heard + stack.limits().keepAlive().toNanos();
        if (now < silent) {
            life = silent;
            return true;
        }
        life = now + PROBE_INTERVAL;
        if (stack.blocked() || connection.sender.outstanding()) {
            return true; // the guest does not run, or retransmission will find out
        }
        if (++probes > MOST_PROBES) {
            connection.reset();
            return false;
        }
        connection.sendBare(connection.sender.una() - 1, TcpSegment.ACK);
        return true;
    }
}
