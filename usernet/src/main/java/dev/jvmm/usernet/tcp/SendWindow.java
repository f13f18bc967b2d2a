package dev.jvmm.usernet.tcp;

/** The window that the guest offers, by the newest segment that says so (RFC 9293, 3.10.7.4: SND.WND, WL1 and WL2). */
final class SendWindow {
    private int size;
    private int widest;
    private int sequence;
    private int acknowledgment;

    int size() {
        return size;
    }

    /** The largest there was: a guess of what the guest can hold. */
    int widest() {
        return widest;
    }

    boolean open() {
        return size > 0;
    }

    /** The handshake's last segment counts, whatever its number is. */
    void begin(TcpSegment segment) {
        sequence = segment.sequence - 1;
        acknowledgment = segment.acknowledgment;
    }

    /** Whether a segment is no older than the one that spoke last. */
    boolean concerns(TcpSegment segment) {
        return Seq.before(sequence, segment.sequence)
                || sequence == segment.sequence && !Seq.after(acknowledgment, segment.acknowledgment);
    }

    void update(TcpSegment segment, int offered) {
        if (concerns(segment)) {
            size = offered;
            widest = Math.max(widest, offered);
            sequence = segment.sequence;
            acknowledgment = segment.acknowledgment;
        }
    }
}
