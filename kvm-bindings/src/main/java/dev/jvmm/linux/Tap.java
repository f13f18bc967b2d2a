package dev.jvmm.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A queue of a TAP or macvtap device. Frames go through {@link #readv} and {@link #writev}, one each, with a {@code virtio_net_hdr} in
 * front where {@link #IFF_VNET_HDR} is set; neither ever blocks.
 *
 * @see <a href="https://docs.kernel.org/networking/tuntap.html">The kernel's tuntap</a>
 * @spec https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/include/uapi/linux/if_tun.h linux/if_tun.h
 */
public final class Tap extends FileDescriptor {
    public static final String DEVICE = "/dev/net/tun";

    public static final int IFF_TUN = 0x0001;
    public static final int IFF_TAP = 0x0002;
    public static final int IFF_NO_PI = 0x1000;
    public static final int IFF_VNET_HDR = 0x4000;
    public static final int IFF_MULTI_QUEUE = 0x0100;

    /** We take packets without a checksum. */
    public static final int TUN_F_CSUM = 0x01;

    /** We take long TCP packets, over IPv4; goes with {@link #TUN_F_CSUM}, as all that follow. */
    public static final int TUN_F_TSO4 = 0x02;

    public static final int TUN_F_TSO6 = 0x04;
    public static final int TUN_F_TSO_ECN = 0x08;

    /** Long UDP packets over IPv4, to be sent as several; since Linux 6.2, which knows it for both directions. */
    public static final int TUN_F_USO4 = 0x20;

    public static final int TUN_F_USO6 = 0x40;

    static final int IFF_ATTACH_QUEUE = 0x0200;
    static final int IFF_DETACH_QUEUE = 0x0400;
    static final int TUNSETIFF = 0x4004_54CA;
    static final int TUNSETPERSIST = 0x4004_54CB;
    static final int TUNSETOWNER = 0x4004_54CC;
    static final int TUNGETFEATURES = 0x8004_54CF;
    static final int TUNSETOFFLOAD = 0x4004_54D0;
    static final int TUNGETIFF = 0x8004_54D2;
    static final int TUNSETVNETHDRSZ = 0x4004_54D8;
    static final int TUNSETQUEUE = 0x4004_54D9;
    static final int TUNSETVNETLE = 0x4004_54DC;

    /** Bytes of a name, with the NUL behind it. */
    static final int IFNAMSIZ = 16;

    /** {@code struct ifreq}: the name, then a union that begins with the flags. */
    static final int IFREQ_SIZE = 40;

    static final int IFREQ_FLAGS = 16;

    static final int F_SETFD = 2;
    static final int F_GETFL = 3;
    static final int F_SETFL = 4;
    static final int FD_CLOEXEC = 1;

    private final ByteBuffer request = NativeBuffers.allocate(IFREQ_SIZE);
    private final long requestAddress = NativeBuffers.address(request);

    private Tap(int number) {
        super(number);
    }

    /**
     * What a queue belongs to.
     *
     * @param name the interface's, in its namespace
     * @param flags {@code IFF_*}
     */
    public record Identity(String name, int flags) {
        /** Whether all these flags are set. */
        public boolean has(int bits) {
            return (flags & bits) == bits;
        }
    }

    /** A descriptor that belongs to no device so far; {@link #attach} looks in the network namespace of the thread that opened it. */
    public static Tap open() {
        return openNode(DEVICE);
    }

    /**
     * Opens the node of a macvtap, {@code /dev/tapN}.
     *
     * @throws SystemCallException {@code EBUSY} when it has its most queues already
     */
    public static Tap openNode(String path) {
        return new Tap(openNumber(path, O_RDWR | O_NONBLOCK));
    }

    /**
     * Takes over a descriptor that this process was given: it is close-on-exec and non-blocking from now on.
     *
     * @throws SystemCallException as {@link #identity}, and {@code EBADF} when there is none of this number; nothing has changed then
     */
    public static Tap inherited(int number) {
        Tap tap = new Tap(number);
        tap.identity();
        long flags = SystemCallException.check("fcntl(F_GETFL)", tap.call(SyscallNumber.FCNTL, F_GETFL, 0, 0));
        SystemCallException.check("fcntl(F_SETFL)", tap.call(SyscallNumber.FCNTL, F_SETFL, flags | O_NONBLOCK, 0));
        SystemCallException.check("fcntl(F_SETFD)", tap.call(SyscallNumber.FCNTL, F_SETFD, FD_CLOEXEC, 0));
        return tap;
    }

    /**
     * Makes this descriptor a queue of a TAP, which is made if there is none of the name: such a one vanishes with its last queue.
     *
     * @param name of 1 to 15 bytes; with {@code %d} in it the kernel puts the first free number there
     * @param flags {@code IFF_*}
     * @return 0, or the negated errno: {@code EPERM} without CAP_NET_ADMIN, or for another user's TAP; {@code EBUSY} for one in use;
     *         {@code EINVAL} for an interface of another kind, and for a TAP whose {@link #IFF_MULTI_QUEUE} differs
     */
    public synchronized long attach(String name, int flags) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length >= IFNAMSIZ) {
            return -Errno.EINVAL;
        }
        clear();
        request.put(0, bytes);
        request.putShort(IFREQ_FLAGS, (short) flags);
        return ioctl(TUNSETIFF, requestAddress);
    }

    private void clear() {
        for (int i = 0; i < IFREQ_SIZE; i += Long.BYTES) {
            request.putLong(i, 0);
        }
    }

    /**
     * The device behind this queue.
     *
     * @throws SystemCallException {@code ENOTTY} when this is nothing of the kind, {@code EBADFD} when it has no device
     */
    public synchronized Identity identity() {
        clear();
        SystemCallException.check("ioctl(TUNGETIFF)", ioctl(TUNGETIFF, requestAddress));
        int length = 0;
        while (length < IFNAMSIZ && request.get(length) != 0) {
            length++;
        }
        byte[] name = new byte[length];
        request.get(0, name);
        return new Identity(new String(name, StandardCharsets.UTF_8), request.getShort(IFREQ_FLAGS) & 0xFFFF);
    }

    /** The {@code IFF_*} flags that this host's TAPs can have. */
    public synchronized int possibleFlags() {
        SystemCallException.check("ioctl(TUNGETFEATURES)", ioctl(TUNGETFEATURES, requestAddress));
        return request.getInt(0);
    }

    /** Says how long the header in front of each frame is: 10 or 12 bytes, and that it is little-endian. */
    public synchronized void header(int bytes) {
        request.putInt(0, bytes);
        SystemCallException.check("ioctl(TUNSETVNETHDRSZ)", ioctl(TUNSETVNETHDRSZ, requestAddress));
        request.putInt(0, 1);
        SystemCallException.check("ioctl(TUNSETVNETLE)", ioctl(TUNSETVNETLE, requestAddress));
    }

    /**
     * Says what may be in frames that are read. The host does itself what is left out.
     *
     * @param bits {@code TUN_F_*}
     * @return 0, or the negated errno: {@code EINVAL} for what this host does not know
     */
    public long offload(int bits) {
        return ioctl(TUNSETOFFLOAD, bits);
    }

    /** Has the device use this queue, or not: it begins in use. Returns 0 or the negated errno; {@code EINVAL} when it is so already. */
    public synchronized long use(boolean wanted) {
        clear();
        request.putShort(IFREQ_FLAGS, (short) (wanted ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE));
        return ioctl(TUNSETQUEUE, requestAddress);
    }

    /** Has the device stay when its last queue is closed, or not; returns 0 or the negated errno. */
    public long persist(boolean wanted) {
        return ioctl(TUNSETPERSIST, wanted ? 1 : 0);
    }

    /** Lets a user attach to a device that stays; returns 0 or the negated errno. */
    public long owner(int user) {
        return ioctl(TUNSETOWNER, user);
    }
}
