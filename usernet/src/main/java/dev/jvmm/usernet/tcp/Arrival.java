package dev.jvmm.usernet.tcp;

/**
 * What a segment from the guest means to its connection: RFC 9293, 3.10.7, with RFC 5961's answers to segments that anyone
 * could have forged.
 */
final class Arrival {
    private static final long SECOND = 1_000_000_000L;

    /** RFC 5961, 10: acknowledgments in a second that answer what may be forged. */
    private static final int MOST_CHALLENGES = 10;

    private static final int OPENING = TcpSegment.SYN | TcpSegment.ACK | TcpSegment.RST;

    private final TcpConnection connection;
    private final ConnectionTimer timer;
    private final TcpStack stack;
    private final Sender sender;
    private long now;
    private long challengesFrom;
    private int challenges;

    Arrival(TcpConnection connection, ConnectionTimer timer) {
        this.connection = connection;
        this.timer = timer;
        stack = connection.stack;
        sender = connection.sender;
    }

    /** Whether a segment is a new connection's that may take this one's place. */
    boolean givesWayTo(TcpSegment segment) {
        if ((segment.flags & OPENING) != TcpSegment.SYN) {
            return false;
        }
        // RFC 9293, 3.6.1: from TIME-WAIT, if no late segment of the old one could be taken for one of the new
        return switch (connection.state()) {
            case CONNECTING -> segment.sequence != connection.receiver.first;
            case TIME_WAIT -> Seq.after(segment.sequence, connection.receiver.next());
            default -> false;
        };
    }

    void segment(TcpSegment segment) {
        now = stack.now();
        timer.heard(now);
        switch (connection.state()) {
            case CONNECTING -> connecting(segment);
            case SYN_SENT -> synSent(segment);
            default -> arrived(segment);
        }
        if (connection.state() != TcpState.CLOSED) {
            stack.touch(connection);
        }
    }

    private void connecting(TcpSegment segment) {
        Receiver receiver = connection.receiver;
        if (segment.rst() && (segment.sequence == receiver.first || segment.sequence == receiver.next())) {
            connection.abort();
        }
    }

    /** 3.10.7.3. */
    private void synSent(TcpSegment segment) {
        if (segment.ack() && segment.acknowledgment != sender.max()) {
            if (!segment.rst()) {
                refuse(segment);
            }
            return;
        }
        if (segment.rst()) {
            if (segment.ack()) {
                connection.abort();
            }
            return;
        }
        if (!segment.syn()) {
            return;
        }
        connection.synchronised(segment);
        if (segment.ack()) {
            sender.established(segment, now);
            connection.established();
            connection.receiver.acknowledgeNow();
        } else {
            connection.state(TcpState.SYN_RECEIVED); // both have opened at once
            connection.sendSyn();
        }
    }

    /** 3.10.7.4. */
    private void arrived(TcpSegment segment) {
        Receiver receiver = connection.receiver;
        if (connection.state() == TcpState.SYN_RECEIVED && segment.syn() && segment.sequence == receiver.first) {
            if (!segment.ack()) {
                connection.sendSyn(); // it was lost, or is late
                return;
            }
            segment.flags &= ~TcpSegment.SYN; // the other half of a simultaneous opening
            segment.sequence++;
        }
        if (!receiver.acceptable(segment.sequence, segment.length())) {
            if (!segment.rst()) {
                unexpected(segment.payload > 0);
            }
            if (connection.state() == TcpState.TIME_WAIT && segment.fin()) {
                timer.live(now + stack.limits().timeWait().toNanos()); // our acknowledgment of it was lost
            }
        } else if (segment.rst() && segment.sequence == receiver.next()) {
            connection.abort();
        } else if (segment.rst() || segment.syn()) {
            unexpected(false);
        } else if (segment.ack() && acknowledged(segment)) {
            text(segment);
        }
    }

    /** The ACK field. @return whether to look at the rest */
    private boolean acknowledged(TcpSegment segment) {
        if (connection.state() == TcpState.SYN_RECEIVED) {
            if (segment.acknowledgment != sender.max()) {
                refuse(segment);
                return false;
            }
            sender.established(segment, now);
            connection.established();
            return true;
        }
        if (sender.absurd(segment.acknowledgment)) {
            unexpected(false);
            return false;
        }
        sender.acknowledged(segment, now);
        if (sender.finAcknowledged()) {
            connection.finAcknowledged();
        }
        return connection.state() != TcpState.CLOSED;
    }

    /** The payload and the FIN. */
    private void text(TcpSegment segment) {
        if (segment.length() == 0) {
            return;
        }
        Receiver receiver = connection.receiver;
        if (!connection.state().receives()) {
            receiver.acknowledgeNow(); // it is beyond the guest's own end
            return;
        }
        receiver.trim(segment);
        receiver.receive(segment, connection.grant(segment.payload), now);
        if (receiver.finished()) {
            connection.guestFinished();
        }
    }

    /** Answers an acknowledgment of what we have not said while the connection was being opened. */
    private void refuse(TcpSegment segment) {
        ConnectionKey key = connection.key;
        stack.send(key, SegmentWriter.bare(key.ports(), segment.acknowledgment, 0, TcpSegment.RST, 0), 0);
    }

    /** Answers with where we are, but a guest can not have us say it without end. */
    private void unexpected(boolean withData) {
        if (now - challengesFrom > SECOND) {
            challengesFrom = now;
            challenges = 0;
        }
        if (withData || challenges++ < MOST_CHALLENGES) {
            connection.receiver.acknowledgeNow();
        }
    }
}
