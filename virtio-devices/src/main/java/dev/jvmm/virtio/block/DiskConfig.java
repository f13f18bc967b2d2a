package dev.jvmm.virtio.block;

import dev.jvmm.virtio.rate.RateLimit;
import java.util.Objects;
import java.util.Optional;

/**
 * What a disk is made of.
 *
 * @param path of a raw image or of a host's block device
 * @param readOnly whether the guest may only read it; several machines may then share it
 * @param direct whether to go past the host's page cache
 * @param queues request queues, 1 to 64; more than the guest has processors are of no use
 * @param bandwidth limit in bytes
 * @param operations limit in requests
 * @param serial what the guest sees as the disk's serial number: up to 20 printable ASCII characters
 * @param engine how requests are carried out
 */
public record DiskConfig(String path, boolean readOnly, boolean direct, int queues, Optional<RateLimit> bandwidth,
        Optional<RateLimit> operations, String serial, Engine engine) {
    /** The most request queues. */
    public static final int MOST_QUEUES = 64;

    /** The most characters of a serial number. */
    public static final int SERIAL_LENGTH = 20;

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    /** Who carries requests out. */
    public enum Engine {
        /** io_uring where the host has it, threads otherwise. */
        AUTO,
        /** io_uring; an error where the host has none. */
        IO_URING,
        /** Threads with preadv(2) and pwritev(2). */
        THREADS
    }

    /** Checks what can be checked without the host. */
    public DiskConfig {
        Objects.requireNonNull(bandwidth);
        Objects.requireNonNull(operations);
        Objects.requireNonNull(engine);
        if (path.isEmpty() || path.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a disk needs the path of an image or block device");
        }
        if (queues < 1 || queues > MOST_QUEUES) {
            throw new IllegalArgumentException(
                    "disk \"" + path + "\" with " + queues + " queues: give 1 to " + MOST_QUEUES);
        }
        if (serial.length() > SERIAL_LENGTH || !isPrintable(serial)) {
            throw new IllegalArgumentException("disk \"" + path + "\" with serial number \"" + serial
                    + "\": give up to " + SERIAL_LENGTH + " printable ASCII characters without spaces");
        }
    }

    private static boolean isPrintable(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) <= ' ' || text.charAt(i) > '~') {
                return false;
            }
        }
        return true;
    }

    /** A writable disk in the host's cache, with one queue and no limits; its serial number comes from the path. */
    public static DiskConfig of(String path) {
        return new DiskConfig(path, false, false, 1, Optional.empty(), Optional.empty(), serialOf(path), Engine.AUTO);
    }

    /** The same for the same path, so that a guest finds its disks again. */
    private static String serialOf(String path) {
        long hash = FNV_OFFSET;
        for (int i = 0; i < path.length(); i++) {
            hash = (hash ^ path.charAt(i)) * FNV_PRIME;
        }
        return "jvmm" + Long.toHexString(hash);
    }

    /** With another {@link #readOnly}. */
    public DiskConfig withReadOnly(boolean value) {
        return new DiskConfig(path, value, direct, queues, bandwidth, operations, serial, engine);
    }

    /** With another {@link #direct}. */
    public DiskConfig withDirect(boolean value) {
        return new DiskConfig(path, readOnly, value, queues, bandwidth, operations, serial, engine);
    }

    /** With another number of {@link #queues}. */
    public DiskConfig withQueues(int value) {
        return new DiskConfig(path, readOnly, direct, value, bandwidth, operations, serial, engine);
    }

    /** With a limit on bytes. */
    public DiskConfig withBandwidth(RateLimit value) {
        return new DiskConfig(path, readOnly, direct, queues, Optional.of(value), operations, serial, engine);
    }

    /** With a limit on requests. */
    public DiskConfig withOperations(RateLimit value) {
        return new DiskConfig(path, readOnly, direct, queues, bandwidth, Optional.of(value), serial, engine);
    }

    /** With another {@link #serial} number. */
    public DiskConfig withSerial(String value) {
        return new DiskConfig(path, readOnly, direct, queues, bandwidth, operations, value, engine);
    }

    /** With another {@link #engine}. */
    public DiskConfig withEngine(Engine value) {
        return new DiskConfig(path, readOnly, direct, queues, bandwidth, operations, serial, value);
    }
}
