package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.OpenFileLimit;

/**
 * What one client may hold; beyond it its requests end in an error.
 *
 * @param fids names of files, each of which may hold a descriptor of this process; {@code ENFILE} beyond them
 * @param openFiles files that are open for reading or writing, and holders of locks; {@code EMFILE} beyond them
 * @param bytes memory for values of extended attributes; {@code ENOBUFS} beyond it
 * @param requests that its transport carries out or keeps waiting at a time; the transport sees to it
 */
public record ClientLimits(int fids, int openFiles, long bytes, int requests) {
    private static final int MOST_FIDS = 1 << 20;
    private static final int LEAST = 64;
    private static final long BYTES = 4 << 20;
    private static final int REQUESTS = 128;

    /** Checks that each is above 0. */
    public ClientLimits {
        if (fids <= 0 || openFiles <= 0 || bytes <= 0 || requests <= 0) {
            throw new IllegalArgumentException("limits of a client are above 0");
        }
    }

    /** A half of the descriptors that this process can have for fids, an eighth for open files; 4 MiB; 128 requests. */
    public static ClientLimits usual() {
        long descriptors = OpenFileLimit.raised();
        return new ClientLimits(some(descriptors / 2), some(descriptors / 8), BYTES, REQUESTS);
    }

    private static int some(long wanted) {
        return (int) Math.max(LEAST, Math.min(MOST_FIDS, wanted));
    }
}
