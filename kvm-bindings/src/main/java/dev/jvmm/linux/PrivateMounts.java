package dev.jvmm.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.function.Supplier;

/**
 * Mounts that only one short-lived thread sees. They end with it, also when this process is killed, so nothing needs to be cleaned up.
 * For the devices of a network namespace: sysfs shows those of the namespace that it was mounted in, and a node of theirs that the host
 * has no file for can be made where nobody else finds it.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/mount_namespaces.7.html">mount_namespaces(7)</a>
 */
public final class PrivateMounts {
    static final int CLONE_NEWNS = 0x0002_0000;
    static final int MS_REC = 0x4000;
    static final int MS_PRIVATE = 0x4_0000;
    static final int MS_NOSUID = 2;
    static final int MS_NOEXEC = 8;
    static final int S_IFCHR = 0020000;

    /** Every host has it, and nothing that the task needs is below it. */
    private static final String PLACE = "/sys";

    private PrivateMounts() {}

    /**
     * Runs a task on a thread of its own for which {@code /sys} is that of the calling thread's network namespace. As
     * {@link NetNamespace#call}.
     *
     * @throws SystemCallException {@code EPERM} without CAP_SYS_ADMIN
     */
    public static <T> T withSysfs(Supplier<T> task) {
        return NetNamespace.run(new Supplier<>() {
            @Override
            public T get() {
                long done = new Syscalls().call(SyscallNumber.UNSHARE, CLONE_NEWNS, 0, 0);
                SystemCallException.check("unshare(CLONE_NEWNS)", done);
                mount("none", "/", "", MS_REC | MS_PRIVATE);
                try {
                    mount("sysfs", PLACE, "sysfs", MS_NOSUID | MS_NOEXEC);
                } catch (SystemCallException e) {
                    if (e.errno() != Errno.EBUSY) { // which says that this very one is there
                        throw e;
                    }
                }
                return task.get();
            }
        });
    }

    private static void mount(String source, String target, String type, int flags) {
        ByteBuffer from = FileDescriptor.cString(source);
        ByteBuffer to = FileDescriptor.cString(target);
        ByteBuffer kind = FileDescriptor.cString(type);
        long done = new Syscalls().call(SyscallNumber.MOUNT, NativeBuffers.address(from), NativeBuffers.address(to),
                NativeBuffers.address(kind), flags, 0, 0);
        Reference.reachabilityFence(from);
        Reference.reachabilityFence(to);
        Reference.reachabilityFence(kind);
        SystemCallException.check("mount of " + source + " on " + target, done);
    }

    /**
     * Inside {@link #withSysfs}, whose {@code /sys} is gone afterwards: makes a node of a character device, which vanishes with the thread.
     *
     * @return its path
     * @throws SystemCallException {@code EPERM} without CAP_MKNOD
     */
    public static String characterDevice(int major, int minor) {
        mount("tmpfs", PLACE, "tmpfs", MS_NOSUID | MS_NOEXEC);
        ByteBuffer path = FileDescriptor.cString(PLACE + "/node");
        long device = (minor & 0xFFL) | (major & 0xFFFL) << 8 | (minor & ~0xFFL) << 12;
        long done = new Syscalls().call(SyscallNumber.MKNODAT, FileDescriptor.AT_FDCWD, NativeBuffers.address(path),
                S_IFCHR | 0600, device, 0, 0);
        Reference.reachabilityFence(path);
        SystemCallException.check("mknod", done);
        return PLACE + "/node";
    }
}
