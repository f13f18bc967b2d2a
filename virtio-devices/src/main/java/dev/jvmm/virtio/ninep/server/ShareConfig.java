package dev.jvmm.virtio.ninep.server;

import java.nio.file.Path;

/**
 * What one share is.
 *
 * @param path the directory
 * @param readOnly whether every change ends in {@code EROFS}
 * @param ids how users, groups and modes are kept
 * @param mostMsize the longest message, header included, in bytes: 4 KiB to 1 MiB and a header's 24 bytes. Clients may ask for less
 * @param limits of each client
 */
public record ShareConfig(Path path, boolean readOnly, Ownership ids, int mostMsize, ClientLimits limits) {
    /** What comes before data in the longest header: a read or a write. */
    public static final int HEADER = 24;

    /** The shortest {@link #mostMsize} and the least that a client may ask for. */
    public static final int LEAST_MSIZE = 4096;

    /** The longest {@link #mostMsize}: a MiB of data. */
    public static final int MOST_MSIZE = (1 << 20) + HEADER;

    /** Checks the length of messages. */
    public ShareConfig {
        if (mostMsize < LEAST_MSIZE || mostMsize > MOST_MSIZE) {
            throw new IllegalArgumentException(
                    "messages of a share have " + LEAST_MSIZE + " to " + MOST_MSIZE + " bytes, not " + mostMsize);
        }
    }

    /** A share to read and write, with users as they are, the longest messages and the usual limits. */
    public static ShareConfig of(Path path) {
        return new ShareConfig(path, false, Ownership.PASSTHROUGH, MOST_MSIZE, ClientLimits.usual());
    }

    /** The same for reading only, or not. */
    public ShareConfig withReadOnly(boolean only) {
        return new ShareConfig(path, only, ids, mostMsize, limits);
    }

    /** The same with other ownership. */
    public ShareConfig withIds(Ownership other) {
        return new ShareConfig(path, readOnly, other, mostMsize, limits);
    }

    /** The same with messages of another length. */
    public ShareConfig withMsize(int msize) {
        return new ShareConfig(path, readOnly, ids, msize, limits);
    }

    /** The same with other limits. */
    public ShareConfig withLimits(ClientLimits other) {
        return new ShareConfig(path, readOnly, ids, mostMsize, other);
    }
}
