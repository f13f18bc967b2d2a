package dev.jvmm.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Requests to the kernel about links, queueing disciplines and so on, in the network namespace of the thread that opened it. The kernel
 * answers before it returns, so nothing blocks for long. One thread at a time.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/rtnetlink.7.html">rtnetlink(7)</a>
 */
public final class NetlinkSocket extends FileDescriptor {
    public static final int NLM_F_REPLACE = 0x100;
    public static final int NLM_F_EXCL = 0x200;
    public static final int NLM_F_CREATE = 0x400;

    static final int NLM_F_REQUEST = 0x001;
    static final int NLM_F_ACK = 0x004;
    static final int NLM_F_DUMP = 0x300;
    static final int NLM_F_CAPPED = 0x100;
    static final int NLM_F_ACK_TLVS = 0x200;
    static final int NLMSG_ERROR = 2;
    static final int NLMSG_DONE = 3;
    static final int NLMSGERR_ATTR_MSG = 1;
    static final int AF_NETLINK = 16;
    static final int NETLINK_ROUTE = 0;
    static final int NETLINK_CAP_ACK = 10;
    static final int NETLINK_EXT_ACK = 11;
    static final int SOL_NETLINK = 270;
    static final int SOL_SOCKET = 1;
    static final int SO_RCVTIMEO = 20;
    static final int SOCK_RAW = 3;
    static final int SOCK_CLOEXEC = 02000000;
    static final int SOCKADDR_NL_SIZE = 12;

    /** {@code struct nlmsgerr}: the errno, and the header of the request. */
    static final int NLMSGERR_SIZE = 20;

    private static final int TIMEVAL_SIZE = 16;
    private static final int SECONDS = 10;

    /** The kernel sends no more at once. */
    private static final int ANSWER = 32 << 10;

    private final ByteBuffer answer = NativeBuffers.allocate(ANSWER);
    private int sequence;

    private NetlinkSocket(int number) {
        super(number);
    }

    /** For routes, links and traffic control. */
    public static NetlinkSocket open() {
        long fd = new Syscalls().call(SyscallNumber.SOCKET, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
        NetlinkSocket socket = new NetlinkSocket((int) SystemCallException.check("socket(AF_NETLINK)", fd));
        try {
            socket.set(SOL_NETLINK, NETLINK_CAP_ACK, NativeBuffers.allocate(Integer.BYTES).putInt(0, 1));
            socket.set(SOL_NETLINK, NETLINK_EXT_ACK, NativeBuffers.allocate(Integer.BYTES).putInt(0, 1));
            socket.set(SOL_SOCKET, SO_RCVTIMEO, NativeBuffers.allocate(TIMEVAL_SIZE).putLong(0, SECONDS));
            // to the kernel (port 0), and from then on nobody else can send here
            ByteBuffer kernel = NativeBuffers.allocate(SOCKADDR_NL_SIZE).putShort(0, (short) AF_NETLINK);
            long done = socket.call(SyscallNumber.CONNECT, NativeBuffers.address(kernel), SOCKADDR_NL_SIZE, 0);
            Reference.reachabilityFence(kernel);
            SystemCallException.check("connect(AF_NETLINK)", done);
        } catch (SystemCallException e) {
            socket.close();
            throw e;
        }
        return socket;
    }

    private void set(int level, int option, ByteBuffer value) {
        long done = call(SyscallNumber.SETSOCKOPT, level, option, NativeBuffers.address(value), value.capacity(), 0);
        Reference.reachabilityFence(value);
        SystemCallException.check("setsockopt(" + level + ", " + option + ")", done);
    }

    /**
     * Has the kernel do something.
     *
     * @throws NetlinkException when it refuses
     */
    public void execute(NetlinkMessage request) {
        exchange(request, NLM_F_ACK, 0);
    }

    /**
     * Asks about one thing.
     *
     * @param struct bytes in front of an answer's attributes
     * @throws NetlinkException when there is no such thing, and so on
     */
    public NetlinkAttributes ask(NetlinkMessage request, int struct) {
        List<NetlinkAttributes> answers = exchange(request, NLM_F_ACK, struct);
        if (answers.isEmpty()) {
            throw new NetlinkException(request.name(), Errno.ENOENT, "no answer");
        }
        return answers.getFirst();
    }

    /**
     * Asks about all things of a kind.
     *
     * @param struct bytes in front of an answer's attributes
     */
    public List<NetlinkAttributes> list(NetlinkMessage request, int struct) {
        return exchange(request, NLM_F_DUMP, struct);
    }

    private List<NetlinkAttributes> exchange(NetlinkMessage request, int flags, int struct) {
        ByteBuffer bytes = request.finish(++sequence, flags);
        long sent = write(bytes);
        if (sent < 0) {
            throw new NetlinkException(request.name(), (int) -sent, "");
        }
        List<NetlinkAttributes> answers = new ArrayList<>();
        while (receive(request, answers, struct)) {
            // the next part
        }
        return answers;
    }

    /** Takes what one read(2) brings; returns whether more is to come. */
    private boolean receive(NetlinkMessage request, List<NetlinkAttributes> answers, int struct) {
        answer.clear();
        long got = read(answer);
        if (got == -Errno.EINTR) {
            return true;
        }
        if (got <= 0) {
            throw new NetlinkException(request.name(), got == 0 ? Errno.EIO : (int) -got, "no answer");
        }
        int end = (int) got;
        int at = 0;
        boolean more = true;
        while (more && end - at >= NetlinkMessage.NLMSG_HDRLEN) {
            int length = answer.getInt(at + NetlinkMessage.LENGTH);
            if (length < NetlinkMessage.NLMSG_HDRLEN || length > end - at) {
                throw new NetlinkException(request.name(), Errno.EIO, "an answer of " + length + " bytes");
            }
            if (answer.getInt(at + NetlinkMessage.SEQUENCE) == sequence) {
                more = take(request, at, length, answers, struct);
            }
            at += length + 3 & ~3;
        }
        return more;
    }

    private boolean take(NetlinkMessage request, int at, int length, List<NetlinkAttributes> answers, int struct) {
        int type = answer.getShort(at + NetlinkMessage.TYPE) & 0xFFFF;
        int payload = at + NetlinkMessage.NLMSG_HDRLEN;
        int payloadLength = length - NetlinkMessage.NLMSG_HDRLEN;
        if (type == NLMSG_ERROR || type == NLMSG_DONE) {
            int error = payloadLength >= Integer.BYTES ? -answer.getInt(payload) : 0;
            if (error > 0) {
                int flags = answer.getShort(at + NetlinkMessage.FLAGS);
                boolean words = type == NLMSG_ERROR && (flags & NLM_F_ACK_TLVS) != 0 && (flags & NLM_F_CAPPED) != 0;
                throw new NetlinkException(request.name(), error, words ? reason(payload, payloadLength) : "");
            }
            return false;
        }
        byte[] copy = new byte[payloadLength];
        answer.get(payload, copy);
        answers.add(new NetlinkAttributes(ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN), struct));
        return true;
    }

    private String reason(int payload, int length) {
        return new NetlinkAttributes(answer.slice(payload, length), NLMSGERR_SIZE).text(NLMSGERR_ATTR_MSG);
    }
}
