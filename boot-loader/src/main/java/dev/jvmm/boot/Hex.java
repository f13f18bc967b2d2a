package dev.jvmm.boot;

/** Numbers in messages. */
final class Hex {
    private Hex() {}

    static String of(long value) {
        return "0x" + Long.toHexString(value);
    }

    /** A size in MiB, rounded up. */
    static String mebibytes(long bytes) {
        return ((bytes + (1 << 20) - 1) >>> 20) + " MiB";
    }
}
