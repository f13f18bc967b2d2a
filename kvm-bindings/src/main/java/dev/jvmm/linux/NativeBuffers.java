package dev.jvmm.linux;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Little-endian direct buffers for kernel structs, and their addresses. The buffer's owner keeps it reachable. */
public final class NativeBuffers {
    private NativeBuffers() {}

    /** A zeroed direct buffer in the byte order of x86. */
    public static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The address of the buffer's first byte, whatever its position. The caller keeps the buffer reachable while the kernel uses it. */
    public static long address(ByteBuffer buffer) {
        return MemorySegment.ofBuffer(buffer).address() - buffer.position();
    }
}
