package dev.jvmm.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * One end of a connected stream of bytes between processes of this host. Non-blocking.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>
 */
public final class UnixSocket extends FileDescriptor {
    /** The most bytes of a path. */
    public static final int LONGEST_PATH = 107;

    static final int AF_UNIX = 1;
    static final int SOCK_STREAM = 1;
    static final int SOCK_NONBLOCK = 04000;
    static final int SOCK_CLOEXEC = 02000000;
    static final int MSG_NOSIGNAL = 0x4000;

    /** {@code struct sockaddr_un}: the family, the path. */
    static final int SUN_PATH = 2;

    /** {@code struct msghdr}. */
    static final int MSGHDR_SIZE = 56;

    static final int MSG_IOV = 16;
    static final int MSG_IOVLEN = 24;

    private final ByteBuffer message = NativeBuffers.allocate(MSGHDR_SIZE);
    private final long messageAddress = NativeBuffers.address(message);

    private UnixSocket(int number) {
        super(number);
    }

    /**
     * Connects to a listening socket.
     *
     * @param path of 1 to {@link #LONGEST_PATH} bytes; one that begins with {@code @} is an abstract name
     * @throws SystemCallException {@code ENOENT}, {@code ECONNREFUSED} when nobody listens, {@code EAGAIN} when too many wait to be
     *         accepted, {@code EPROTOTYPE} when it is no stream socket, {@code EACCES}
     * @throws IllegalArgumentException when the path is too long or empty
     */
    public static UnixSocket connect(String path) {
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length > LONGEST_PATH) {
            throw new IllegalArgumentException("a path of " + bytes.length + " bytes, and sockets have 1 to 107");
        }
        ByteBuffer address = NativeBuffers.allocate(SUN_PATH + bytes.length + 1);
        address.putShort(0, (short) AF_UNIX).put(SUN_PATH, bytes);
        int length = address.capacity();
        if (bytes[0] == '@') {
            address.put(SUN_PATH, (byte) 0);
            length--;
        }
        long fd = new Syscalls().call(SyscallNumber.SOCKET, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        UnixSocket socket = new UnixSocket((int) SystemCallException.check("socket(AF_UNIX)", fd));
        long done = socket.call(SyscallNumber.CONNECT, NativeBuffers.address(address), length, 0);
        Reference.reachabilityFence(address);
        if (done < 0) {
            socket.close();
            throw new SystemCallException("connect(\"" + path + "\")", (int) -done);
        }
        return socket;
    }

    /**
     * As {@link #writev}, and a peer that is gone is {@code -EPIPE} and never a signal.
     *
     * @see <a href="https://man7.org/linux/man-pages/man2/sendmsg.2.html">sendmsg(2)</a>
     */
    public synchronized long send(long iovecs, int count) {
        message.putLong(MSG_IOV, iovecs);
        message.putLong(MSG_IOVLEN, count);
        return call(SyscallNumber.SENDMSG, messageAddress, MSG_NOSIGNAL, 0);
    }
}
