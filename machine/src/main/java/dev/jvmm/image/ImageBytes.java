package dev.jvmm.image;

import java.nio.ByteBuffer;

/** An image's bytes, for looking into it. */
interface ImageBytes {
    /** In bytes. */
    long size();

    /**
     * Some of them, little-endian; zeros behind the end.
     *
     * @param length 0 to 64 KiB
     */
    ByteBuffer read(long offset, int length);
}
