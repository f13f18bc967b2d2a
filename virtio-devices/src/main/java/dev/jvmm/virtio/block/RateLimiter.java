package dev.jvmm.virtio.block;

import java.util.Optional;

/** The limits of one disk together. For one thread at a time; times are {@link System#nanoTime}'s. */
final class RateLimiter {
    private final TokenBucket bytes;
    private final TokenBucket operations;

    RateLimiter(Optional<RateLimit> bytes, Optional<RateLimit> operations, long now) {
        this.bytes = bytes.isPresent() ? new TokenBucket(bytes.get(), now) : null;
        this.operations = operations.isPresent() ? new TokenBucket(operations.get(), now) : null;
    }

    /** Whether there is any limit. */
    boolean limits() {
        return bytes != null || operations != null;
    }

    /** Lets a request pass and counts it, or not yet. */
    boolean admit(long length, long now) {
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
    long nanosUntilOpen(long now) {
        long wait = bytes == null ? 0 : bytes.nanosUntilOpen(now);
        return operations == null ? wait : Math.max(wait, operations.nanosUntilOpen(now));
    }
}
