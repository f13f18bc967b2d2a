package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.NativeBuffers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Names in native memory, with a NUL behind them. */
final class FileName {
    private FileName() {}

    static ByteBuffer of(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    static ByteBuffer of(byte[] name) {
        return NativeBuffers.allocate(name.length + 1).put(0, name);
    }

    /** The caller keeps the buffer reachable while the kernel looks at it. */
    static long address(ByteBuffer name) {
        return NativeBuffers.address(name);
    }
}
