package dev.jvmm.linux;

import java.lang.ref.Reference;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A socket for ICMP echo requests to one host, which takes no rights where {@code net.ipv4.ping_group_range} has a group of this process.
 * Non-blocking. {@link #write} takes a message from its type on, to which the kernel gives an identifier of the socket's own and a
 * checksum; {@link #read} gives the host's answers, likewise with that identifier.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/icmp.7.html">icmp(7)</a>
 */
public final class PingSocket extends FileDescriptor {
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    static final int SOCK_DGRAM = 2;
    static final int IPPROTO_ICMP = 1;
    static final int IPPROTO_ICMPV6 = 58;

    /** {@code struct sockaddr_in}, behind the family, which both have. */
    static final int SOCKADDR_IN_SIZE = 16;

    static final int SIN_ADDR = 4;

    /** {@code struct sockaddr_in6}. */
    static final int SOCKADDR_IN6_SIZE = 28;

    static final int SIN6_ADDR = 8;

    private PingSocket(int number) {
        super(number);
    }

    /**
     * A socket for one host.
     *
     * @throws SystemCallException {@code EACCES} where this process's groups may not ping; {@code ENETUNREACH} and the like where there is
     *         no way to the host
     */
    public static PingSocket connect(InetAddress host) {
        byte[] bytes = host.getAddress();
        boolean v4 = bytes.length == Integer.BYTES;
        int flags = SOCK_DGRAM | UnixSocket.SOCK_NONBLOCK | UnixSocket.SOCK_CLOEXEC;
        long fd = new Syscalls().call(
                SyscallNumber.SOCKET, v4 ? AF_INET : AF_INET6, flags, v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
        PingSocket socket = new PingSocket((int) SystemCallException.check("socket(IPPROTO_ICMP)", fd));
        ByteBuffer address = NativeBuffers.allocate(v4 ? SOCKADDR_IN_SIZE : SOCKADDR_IN6_SIZE)
                .order(ByteOrder.nativeOrder());
        address.putShort(0, (short) (v4 ? AF_INET : AF_INET6)).put(v4 ? SIN_ADDR : SIN6_ADDR, bytes);
        long done = socket.call(SyscallNumber.CONNECT, NativeBuffers.address(address), address.capacity(), 0);
        Reference.reachabilityFence(address);
        if (done < 0) {
            socket.close();
            throw new SystemCallException("connect(" + host.getHostAddress() + ") to ping it", (int) -done);
        }
        return socket;
    }
}
