package dev.jvmm.virtio.rate;

/**
 * A bucket that fills at a steady rate up to its size. Whoever finds a token in it may take as many as it likes: what is missing is a
 * debt, and nobody else is served before it is paid. So large requests pass, and the rate holds. For one thread at a
 * time; times are {@link System#nanoTime}'s.
 */
public final class TokenBucket {
    private static final double NANOS = 1e9;

    private final RateLimit limit;
    private long level;

    /** {@link System#nanoTime} up to which the level is right. */
    private long filled;

    /** A full bucket. */
    public TokenBucket(RateLimit limit, long now) {
        this.limit = limit;
        level = limit.burst();
        filled = now;
    }

    /** Whether there is a token. */
    public boolean open(long now) {
        fill(now);
        return level > 0;
    }

    /** Takes tokens, also more than there are. */
    public void take(long tokens) {
        level -= tokens;
    }

    /** Nanoseconds until there is a token; 0 if there is one. */
    public long nanosUntilOpen(long now) {
        fill(now);
        return level > 0 ? 0 : (long) Math.ceil((1 - level) * NANOS / limit.perSecond());
    }

    private void fill(long now) {
        double tokens = (now - filled) * (double) limit.perSecond() / NANOS;
        if (tokens >= limit.burst() - level) {
            level = limit.burst();
            filled = now;
        } else if (tokens >= 1) {
            level += (long) tokens;
            filled += (long) ((long) tokens * NANOS / limit.perSecond()); // the fraction of a token is not lost
        }
    }
}
