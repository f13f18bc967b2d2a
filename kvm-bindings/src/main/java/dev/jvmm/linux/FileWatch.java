package dev.jvmm.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * Becomes readable when somebody on this host changes a file's content or length by a system call: inotify(7). What is written through
 * memory that maps the file says nothing. Of a file on a network only this host's changes are seen.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/inotify.7.html">inotify(7)</a>
 */
public final class FileWatch extends FileDescriptor {
    /** Flags of inotify_init1(2), equal to the flags of open(2). */
    static final int IN_CLOEXEC = 02000000;

    static final int IN_NONBLOCK = 04000;

    /** Written, cut short, lengthened, or given holes. */
    static final int IN_MODIFY = 0x2;

    /** More than one event of a watch without a name has. */
    private static final int ROOM = 4096;

    private final ByteBuffer events = NativeBuffers.allocate(ROOM);

    private FileWatch(int number) {
        super(number);
    }

    /**
     * Watches an open file, whatever its name is.
     *
     * @throws SystemCallException when the host refuses: EMFILE where this user has as many as {@code fs.inotify.max_user_instances}
     */
    public static FileWatch of(FileDescriptor file) {
        long made = new Syscalls().call(SyscallNumber.INOTIFY_INIT1, IN_NONBLOCK | IN_CLOEXEC, 0, 0);
        FileWatch watch = new FileWatch((int) SystemCallException.check("inotify_init1", made));
        ByteBuffer name = cString("/proc/self/fd/" + file.number());
        long added = watch.call(SyscallNumber.INOTIFY_ADD_WATCH, NativeBuffers.address(name), IN_MODIFY, 0);
        Reference.reachabilityFence(name);
        if (added < 0) {
            watch.close();
            throw new SystemCallException("inotify_add_watch", (int) -added);
        }
        return watch;
    }

    /** Takes what there is, which is no more than a call's worth: it stays readable as long as there is more. Never blocks. */
    public synchronized boolean drain() {
        return read(events.clear()) > 0;
    }
}
