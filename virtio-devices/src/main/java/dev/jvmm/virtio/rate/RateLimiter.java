package dev.jvmm.virtio.rate;

import java.util.Optional;

/** The limits on bytes and operations together. For one thread at a time; times are {@link System#nanoTime}'s. */
public final class RateLimiter {
    private final TokenBucket bytes;
    private final TokenBucket operations;

    /** With those limits that there are. */
    public RateLimiter(Optional<RateLimit> bytes, Optional<RateLimit> operations, long now) {
        this.bytes = bytes.isPresent() ? new TokenBucket(bytes.get(), now) : null;
        this.operations = operations.isPresent() ? new TokenBucket(operations.get(), now) : null;
    }

    /** Whether there is any limit. */
    public boolean limits() {
        return bytes != null || operations != null;
    }

    /** Lets a request pass and counts it, or not yet. */
    public boolean admit(long length, long now) {
        if (bytes != null && !bytes.open(now) || operations != null && !operations.open(now)) {
            return false;
        }
        if (bytes != null) {
            bytes.take(length);
        }
        if (operations != null) {
            operations.take(1);
        }
        return true;
    }

    /** Nanoseconds until the next request may pass; 0 if it may now. */
    public long nanosUntilOpen(long now) {
        long wait = bytes == null ? 0 : bytes.nanosUntilOpen(now);
        return operations == null ? wait : Math.max(wait, operations.nanosUntilOpen(now));
    }
}
