package dev.jvmm.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Calls on Unix-domain sockets by their numbers, for owners of many: one thread at a time, or a lock around it. They allocate nothing but
 * where a path is given, answer with the negated errno, and none of them raises a signal. Whoever calls sees to it that a number is still
 * the socket's.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>
 */
public final class SocketCalls {
    /** A stream of bytes. */
    public static final int SOCK_STREAM = UnixSocket.SOCK_STREAM;

    /** A connection that keeps messages apart. */
    public static final int SOCK_SEQPACKET = 5;

    /** Leaves what was received where it is. */
    public static final int MSG_PEEK = 2;

    /** Answers with a message's length, also where that is more than was asked for. */
    public static final int MSG_TRUNC = 0x20;

    /** Does not block, whatever the socket's mode. */
    public static final int MSG_DONTWAIT = 0x40;

    /** The peer can send no more. */
    public static final int SHUT_RD = 0;

    /** The peer reads an end behind what was sent. */
    public static final int SHUT_WR = 1;

    static final int SO_SNDBUF = 7;

    private final Syscalls syscalls = new Syscalls();
    private final ByteBuffer message = NativeBuffers.allocate(UnixSocket.MSGHDR_SIZE);
    private final long messageAddress = NativeBuffers.address(message);

    /** Two descriptors, an option's value. */
    private final ByteBuffer ints = NativeBuffers.allocate(2 * Integer.BYTES);

    private final long intsAddress = NativeBuffers.address(ints);

    /** For one owner. */
    public SocketCalls() {}

    /**
     * A socket that listens, non-blocking.
     *
     * @param path of 1 to {@link UnixSocket#LONGEST_PATH} bytes, where nothing is
     * @return its number, or {@code -EADDRINUSE} and so on
     */
    public int listen(int type, String path, int backlog) {
        long fd = socket(type);
        if (fd < 0) {
            return (int) fd;
        }
        long done = withAddress(SyscallNumber.BIND, fd, path);
        if (done >= 0) {
            done = syscalls.call(SyscallNumber.LISTEN, fd, backlog, 0);
        }
        return orClose(fd, done);
    }

    /**
     * A socket that is connected to one that listens, non-blocking.
     *
     * @return its number, or {@code -ENOENT}, {@code -ECONNREFUSED}, {@code -EPROTOTYPE} for another type, {@code -EAGAIN} when too many
     *         wait
     */
    public int connect(int type, String path) {
        long fd = socket(type);
        return fd < 0 ? (int) fd : orClose(fd, withAddress(SyscallNumber.CONNECT, fd, path));
    }

    private long socket(int type) {
        return syscalls.call(SyscallNumber.SOCKET, UnixSocket.AF_UNIX,
                type | UnixSocket.SOCK_NONBLOCK | UnixSocket.SOCK_CLOEXEC, 0);
    }

    private int orClose(long fd, long done) {
        if (done < 0) {
            close((int) fd);
            return (int) done;
        }
        return (int) fd;
    }

    private long withAddress(long call, long fd, String path) {
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length > UnixSocket.LONGEST_PATH) {
            return -Errno.EINVAL;
        }
        ByteBuffer address = NativeBuffers.allocate(UnixSocket.SUN_PATH + bytes.length + 1);
        address.putShort(0, (short) UnixSocket.AF_UNIX).put(UnixSocket.SUN_PATH, bytes);
        long done = syscalls.call(call, fd, NativeBuffers.address(address), address.capacity());
        Reference.reachabilityFence(address);
        return done;
    }

    /** The next that has connected, non-blocking; {@code -EAGAIN} when there is none. */
    public int accept(int fd) {
        return (int) syscalls.call(SyscallNumber.ACCEPT4, fd, 0, 0, UnixSocket.SOCK_NONBLOCK | UnixSocket.SOCK_CLOEXEC,
                0, 0);
    }

    /**
     * Two sockets that are connected to each other, and do block.
     *
     * @return one of them, or the negated errno; the other is {@link #otherOfPair}
     */
    public int pair(int type) {
        long done = syscalls.call(SyscallNumber.SOCKETPAIR, UnixSocket.AF_UNIX, type | UnixSocket.SOCK_CLOEXEC, 0,
                intsAddress, 0, 0);
        return done < 0 ? (int) done : ints.getInt(0);
    }

    /** The second of the last {@link #pair}. */
    public int otherOfPair() {
        return ints.getInt(Integer.BYTES);
    }

    /** sendmsg(2) of what {@code count} iovecs at an address name; a peer that is gone is {@code -EPIPE}. */
    public long send(int fd, long iovecs, int count, int flags) {
        message.putLong(UnixSocket.MSG_IOV, iovecs);
        message.putLong(UnixSocket.MSG_IOVLEN, count);
        return syscalls.call(SyscallNumber.SENDMSG, fd, messageAddress, flags | UnixSocket.MSG_NOSIGNAL);
    }

    /** recvmsg(2) into what {@code count} iovecs at an address name; 0 is the end of a stream, or a message of no bytes. */
    public long receive(int fd, long iovecs, int count, int flags) {
        message.putLong(UnixSocket.MSG_IOV, iovecs);
        message.putLong(UnixSocket.MSG_IOVLEN, count);
        return syscalls.call(SyscallNumber.RECVMSG, fd, messageAddress, flags);
    }

    /** How many bytes may wait for the peer to read them; the kernel has a limit of its own. */
    public long sendBuffer(int fd, int bytes) {
        ints.putInt(0, bytes);
        return syscalls.call(SyscallNumber.SETSOCKOPT, fd, NetlinkSocket.SOL_SOCKET, SO_SNDBUF, intsAddress,
                Integer.BYTES, 0);
    }

    /** Ends one direction: {@link #SHUT_RD} or {@link #SHUT_WR}. */
    public long shutdown(int fd, int how) {
        return syscalls.call(SyscallNumber.SHUTDOWN, fd, how, 0);
    }

    /** Closes the number. Never blocks for a Unix socket. */
    public void close(int fd) {
        syscalls.call(SyscallNumber.CLOSE, fd, 0, 0);
    }
}
