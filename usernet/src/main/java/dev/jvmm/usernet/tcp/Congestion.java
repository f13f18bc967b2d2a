package dev.jvmm.usernet.tcp;

/**
 * How much may be on its way (RFC 5681, with NewReno's recovery, RFC 6582). The way to a guest is memory, and a full queue says
 * so before anything is lost; this is for guests that drop what they have taken.
 */
final class Congestion {
    static final int DUPLICATES = 3;

    /** RFC 6928: ten segments to begin with. */
    private static final int FIRST_SEGMENTS = 10;

    /** More than any buffer; keeps sums within 32 bits. */
    private static final int MOST = 1 << 29;

    private int mss;
    private int window;
    private int threshold = MOST;
    private int grown;
    private int duplicates;
    private boolean recovering;
    private int recover;

    void start(int segmentSize, int firstSequence) {
        mss = segmentSize;
        window = FIRST_SEGMENTS * segmentSize;
        recover = firstSequence;
    }

    /** Bytes; the first duplicates let as many new segments out, so that more duplicates come (RFC 3042). */
    int window() {
        return recovering ? window : window + Math.min(duplicates, DUPLICATES - 1) * mss;
    }

    /** Whether something may be lost: each segment that goes out now brings news. */
    boolean suspicious() {
        return recovering || duplicates > 0;
    }

    boolean recovering() {
        return recovering;
    }

    /** The end of what was on its way when the loss was noticed. */
    int recover() {
        return recover;
    }

    /** New bytes were acknowledged, outside recovery. */
    void acknowledged(int bytes) {
        duplicates = 0;
        if (window < threshold) {
            window = Math.min(window + bytes, MOST);
            return;
        }
        grown += bytes;
        if (grown >= window) {
            grown -= window;
            window = Math.min(window + mss, MOST);
        }
    }

    /**
     * An acknowledgment of nothing new, while something is on its way.
     *
     * @param sacked whether SACK blocks cover more than two segments' worth, which is as good as duplicates (RFC 6675, 5)
     * @return whether a loss is to be taken for granted from now on: {@link #enter}
     */
    boolean duplicate(int una, boolean sacked) {
        if (recovering) {
            window = Math.min(window + mss, MOST);
            return false;
        }
        duplicates++;
        // RFC 6582, 3.2 step 2: duplicates of what was sent again after a timeout are no new loss
        return (duplicates >= DUPLICATES || sacked) && !Seq.before(una, recover);
    }

    /** Begins to recover. @param flight bytes on their way @param end the end of what was sent */
    void enter(int flight, int end) {
        recovering = true;
        recover = end;
        threshold = Math.max(flight / 2, 2 * mss);
        window = threshold + DUPLICATES * mss;
    }

    /** Some of what was on its way has come, not all. */
    void partial(int bytes) {
        window = Math.max(window - bytes, 0) + mss;
    }

    /** All that was on its way has come. */
    void leave(int flight) {
        recovering = false;
        duplicates = 0;
        window = Math.min(threshold, Math.max(flight, mss) + mss);
    }

    /** The timer has run out. @param again whether it had for the same segment before */
    void timedOut(int flight, int end, boolean again) {
        if (!again) {
            threshold = Math.max(flight / 2, 2 * mss);
        }
        window = mss;
        recovering = false;
        duplicates = 0;
        recover = end;
    }
}
