package dev.jvmm.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * An open file descriptor of this process, closed once.
 *
 * <p>Calls on one instance are serialised by its monitor, so that each gets its own errno. A call that may block for long
 * belongs to a subclass with a {@link Syscalls} of its own for the one thread that makes it.
 */
public class FileDescriptor implements AutoCloseable {
    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 1;
    public static final int O_RDWR = 2;
    public static final int O_CREAT = 0100;
    public static final int O_NONBLOCK = 04000;
    public static final int O_DIRECT = 040000;
    public static final int O_CLOEXEC = 02000000;

    static final int AT_FDCWD = -100;

    private final Syscalls syscalls = new Syscalls();
    private final int number;
    private boolean closed;

    /** Takes over an open descriptor: closing this object closes it. */
    public FileDescriptor(int number) {
        this.number = number;
    }

    /**
     * Opens a file, with {@code O_CLOEXEC} added.
     *
     * @throws SystemCallException with the path and the errno
     */
    public static FileDescriptor open(String path, int flags) {
        return new FileDescriptor(openNumber(path, flags));
    }

    /** As {@link #open}, for subclasses: the bare number. */
    protected static int openNumber(String path, int flags) {
        return (int) SystemCallException.check("open(\"" + path + "\")", openAt(AT_FDCWD, path, flags, 0600));
    }

    /** openat(2), with {@code O_CLOEXEC} added; returns the number or the negated errno. */
    static long openAt(int directory, String path, int flags, int mode) {
        ByteBuffer name = cString(path);
        long fd = new Syscalls()
                .call(SyscallNumber.OPENAT, directory, NativeBuffers.address(name), flags | O_CLOEXEC, mode, 0, 0);
        Reference.reachabilityFence(name);
        return fd;
    }

    static ByteBuffer cString(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return NativeBuffers.allocate(bytes.length + 1).put(0, bytes);
    }

    /** The descriptor's number. */
    public final int number() {
        return number;
    }

    /**
     * ioctl(2) with an integer or address argument.
     *
     * @return the kernel's answer, or the negated errno
     */
    public final synchronized long ioctl(int request, long argument) {
        if (closed) {
            return -Errno.EBADF;
        }
        return syscalls.call(SyscallNumber.IOCTL, number, request & 0xFFFF_FFFFL, argument);
    }

    /** ioctl(2) on a struct; throws with {@code name} when it fails. */
    public final long ioctl(String name, int request, ByteBuffer struct) {
        long result = ioctl(request, NativeBuffers.address(struct));
        Reference.reachabilityFence(struct);
        return SystemCallException.check(name, result);
    }

    /**
     * Reads into the buffer's remaining bytes and moves its position.
     *
     * @return the bytes read, 0 at end of file, or the negated errno
     */
    public final long read(ByteBuffer buffer) {
        return transfer(SyscallNumber.READ, buffer);
    }

    /** Writes the buffer's remaining bytes, or some of them, and moves its position; returns the bytes written or the negated errno. */
    public final long write(ByteBuffer buffer) {
        return transfer(SyscallNumber.WRITE, buffer);
    }

    /**
     * Reads into the pieces of memory that {@code count} iovecs at an address name.
     *
     * @return the bytes read or the negated errno
     * @see <a href="https://man7.org/linux/man-pages/man2/readv.2.html">readv(2)</a>
     */
    public final long readv(long iovecs, int count) {
        return call(SyscallNumber.READV, iovecs, count, 0);
    }

    /** Writes what {@code count} iovecs at an address name; returns the bytes written or the negated errno. */
    public final long writev(long iovecs, int count) {
        return call(SyscallNumber.WRITEV, iovecs, count, 0);
    }

    private synchronized long transfer(long call, ByteBuffer buffer) {
        if (closed) {
            return -Errno.EBADF;
        }
        long address = NativeBuffers.address(buffer) + buffer.position();
        long done = syscalls.call(call, number, address, buffer.remaining());
        if (done > 0) {
            buffer.position(buffer.position() + (int) done);
        }
        return done;
    }

    /**
     * A system call that takes this descriptor first.
     *
     * @return the kernel's answer, or the negated errno; {@code -EBADF} once closed
     */
    final synchronized long call(long call, long second, long third, long fourth) {
        return closed ? -Errno.EBADF : syscalls.call(call, number, second, third, fourth, 0, 0);
    }

    /** As {@link #call(long, long, long, long)}, for calls with more arguments. */
    final synchronized long call(long call, long second, long third, long fourth, long fifth, long sixth) {
        return closed ? -Errno.EBADF : syscalls.call(call, number, second, third, fourth, fifth, sixth);
    }

    /** Closes the descriptor; a second close does nothing. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            syscalls.call(SyscallNumber.CLOSE, number, 0, 0);
        }
    }
}
