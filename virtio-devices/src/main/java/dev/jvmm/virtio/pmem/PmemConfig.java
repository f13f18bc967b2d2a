package dev.jvmm.virtio.pmem;

import java.util.Objects;

/**
 * A file that a guest has in its physical space.
 *
 * @param path of a file or of a host's block device
 * @param sharing what becomes of the guest's writes
 */
public record PmemConfig(String path, Sharing sharing) {
    /** What a guest may do to the file. */
    public enum Sharing {
        /** The guest's writes go to the file, which nobody else may use meanwhile. */
        SHARED,
        /** The guest's writes go to pages of its own, which end with it; several guests may have the file. */
        PRIVATE,
        /** The guest's writes are ignored; several guests may have the file. */
        READ_ONLY
    }

    /** Checks what can be checked without the host. */
    public PmemConfig {
        Objects.requireNonNull(sharing);
        if (path.isEmpty() || path.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("persistent memory needs the path of a file or block device");
        }
    }

    /** A file that the guest may write. */
    public static PmemConfig of(String path) {
        return new PmemConfig(path, Sharing.SHARED);
    }

    /** With another {@link #sharing}. */
    public PmemConfig with(Sharing value) {
        return new PmemConfig(path, value);
    }
}
