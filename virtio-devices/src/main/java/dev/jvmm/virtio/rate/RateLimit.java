package dev.jvmm.virtio.rate;

/**
 * How much of something a device may do. A disk's reads and writes count by their bytes and as an operation each; flushes, discards and
 * writes of zeroes, of which most hosts only take a note, as an operation. A network's frames count by their bytes.
 *
 * @param perSecond bytes or operations in the long run, 1 to 2^40
 * @param burst what may be used at once after a rest, 1 to 2^40; a request larger than that is let through and paid for afterwards
 */
public record RateLimit(long perSecond, long burst) {
    /** The most of either. */
    public static final long MOST = 1L << 40;

    /** Checks the ranges. */
    public RateLimit {
        check("rate", perSecond);
        check("burst", burst);
    }

    private static void check(String what, long value) {
        if (value < 1 || value > MOST) {
            throw new IllegalArgumentException("a " + what + " of " + value + ": give 1 to " + MOST);
        }
    }

    /** With a burst of one second's worth. */
    public static RateLimit perSecond(long amount) {
        return new RateLimit(amount, amount);
    }
}
