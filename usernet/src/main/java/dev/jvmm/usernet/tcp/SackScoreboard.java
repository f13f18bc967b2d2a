package dev.jvmm.usernet.tcp;

/**
 * What the guest says it has beyond the first gap (RFC 2018): ranges in order, none touching another. A guest that names more
 * ranges than there is room for is not believed on the rest, which costs it needless copies.
 */
final class SackScoreboard {
    private static final int MOST = 64;

    private final int[] left = new int[MOST];
    private final int[] right = new int[MOST];
    private int count;

    void clear() {
        count = 0;
    }

    /** Notes a segment's blocks. @return whether they say anything new */
    boolean addAll(TcpSegment segment, int una, int max) {
        int before = bytes();
        for (int i = 0; i < segment.sacks; i++) {
            add(segment.sackLeft[i], segment.sackRight[i], una, max);
        }
        return bytes() != before;
    }

    /** Notes a block if it is within what was sent and not acknowledged; a D-SACK (RFC 2883) is not. */
    void add(int from, int to, int una, int max) {
        if (!Seq.after(from, una) || !Seq.before(from, to) || Seq.after(to, max)) {
            return;
        }
        int at = 0;
        while (at < count && Seq.before(right[at], from)) {
            at++;
        }
        int newLeft = from;
        int newRight = to;
        int end = at;
        while (end < count && !Seq.after(left[end], to)) {
            if (Seq.before(left[end], newLeft)) {
                newLeft = left[end];
            }
            newRight = Seq.later(newRight, right[end]);
            end++;
        }
        int more = 1 - (end - at);
        if (count + more > MOST) {
            return;
        }
        System.arraycopy(left, end, left, end + more, count - end);
        System.arraycopy(right, end, right, end + more, count - end);
        left[at] = newLeft;
        right[at] = newRight;
        count += more;
    }

    /** Everything before this was acknowledged. */
    void forget(int una) {
        int gone = 0;
        while (gone < count && !Seq.after(right[gone], una)) {
            gone++;
        }
        if (gone > 0) {
            count -= gone;
            System.arraycopy(left, gone, left, 0, count);
            System.arraycopy(right, gone, right, 0, count);
        }
    }

    /** The first number from this one on that the guest has not. */
    int skip(int sequence) {
        for (int i = 0; i < count; i++) {
            if (Seq.before(sequence, left[i])) {
                return sequence;
            }
            if (Seq.before(sequence, right[i])) {
                return right[i];
            }
        }
        return sequence;
    }

    /** Where the gap ends that this number is in; the number itself when nothing behind it has come. */
    int gapEnd(int sequence) {
        for (int i = 0; i < count; i++) {
            if (Seq.after(left[i], sequence)) {
                return left[i];
            }
        }
        return sequence;
    }

    /** Bytes that have come beyond the first gap. */
    int bytes() {
        int sum = 0;
        for (int i = 0; i < count; i++) {
            sum += right[i] - left[i];
        }
        return sum;
    }
}
