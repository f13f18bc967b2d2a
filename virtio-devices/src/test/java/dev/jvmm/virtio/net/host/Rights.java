package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.linux.Syscalls;
import dev.jvmm.linux.SystemCallException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/** Takes rights from the calling thread alone, for good: for threads that end soon. */
final class Rights {
    private static final long CAPSET = 126;
    private static final long SETRESUID = 117;
    private static final int VERSION_3 = 0x2008_0522;

    private Rights() {}

    /** Leaves no capability. */
    static void drop() {
        ByteBuffer header = NativeBuffers.allocate(8).putInt(0, VERSION_3);
        ByteBuffer none = NativeBuffers.allocate(24);
        SystemCallException.check("capset", new Syscalls().call(CAPSET, NativeBuffers.address(header),
                NativeBuffers.address(none), 0));
        Reference.reachabilityFence(header);
        Reference.reachabilityFence(none);
    }

    /** Becomes another user, as the kernel has it: libc and the other threads do not know. */
    static void become(int user) {
        SystemCallException.check("setresuid", new Syscalls().call(SETRESUID, user, user, user));
    }
}
