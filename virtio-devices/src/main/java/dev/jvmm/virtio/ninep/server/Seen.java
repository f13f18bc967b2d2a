package dev.jvmm.virtio.ninep.server;

/** A file's mode, owner and device number as a client sees them. */
final class Seen {
    /** Type and permission bits. */
    int mode;

    int user;
    int group;

    /** Of a device file; packed as the kernel does in 32 bits. */
    long device;

    static long device(int major, int minor) {
        return minor & 0xFFL | (major & 0xFFFL) << 8 | (minor & 0xFFF00L) << 12;
    }

    static int major(long device) {
        return (int) (device >>> 8) & 0xFFF;
    }

    static int minor(long device) {
        return (int) (device & 0xFF | device >>> 12 & 0xFFF00);
    }
}
