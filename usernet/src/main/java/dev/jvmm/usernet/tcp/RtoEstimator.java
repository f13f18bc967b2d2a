package dev.jvmm.usernet.tcp;

/** How long to wait for an acknowledgment before sending again (RFC 6298). Times are nanoseconds. */
final class RtoEstimator {
    private static final long MILLI = 1_000_000;
    static final long FIRST = 1000 * MILLI;

    /** Below the second that RFC 6298, 2.4 has in mind for networks: here is none, and Linux has this value too. */
    static final long LEAST = 200 * MILLI;
    static final long MOST = 60_000 * MILLI;

    private long smoothed = -1;
    private long variation;
    private long timeout = FIRST;

    private boolean timing;
    private int timedEnd;
    private long timedAt;

    /** A segment goes out for the first time. It is timed, unless another is. @param end the number behind it */
    void time(int end, long now) {
        if (!timing) {
            timing = true;
            timedEnd = end;
            timedAt = now;
        }
    }

    /** What is being timed may be sent again, so nobody could tell what an acknowledgment answers (Karn's algorithm). */
    void forget() {
        timing = false;
    }

    void acknowledged(int acknowledgment, long now) {
        if (timing && !Seq.before(acknowledgment, timedEnd)) {
            timing = false;
            sample(now - timedAt);
        }
    }

    private void sample(long roundTrip) {
        if (smoothed < 0) {
            smoothed = roundTrip;
            variation = roundTrip / 2;
        } else {
            variation += (Math.abs(smoothed - roundTrip) - variation) / 4;
            smoothed += (roundTrip - smoothed) / 8;
        }
        timeout = computed();
    }

    long timeout() {
        return timeout;
    }

    /** The timer has run out: waits are twice as long until there is a sample (RFC 6298, 5.5, and the note at the end of 5). */
    void backOff() {
        timeout = Math.min(timeout * 2, MOST);
    }

    /** What was waited for was no segment, but a shut window's opening. */
    void restart() {
        timeout = smoothed < 0 ? FIRST : computed();
    }

    private long computed() {
        return Math.clamp(smoothed + Math.max(MILLI, 4 * variation), LEAST, MOST);
    }
}
