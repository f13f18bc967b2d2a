package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.linux.SyscallNumber;
import dev.jvmm.linux.Syscalls;
import dev.jvmm.linux.SystemCallException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Sends and sees whole frames at an interface; see packet(7). */
final class PacketSocket implements AutoCloseable {
    /** Frames of an experiment (IEEE 802): nothing else on the host sends those. */
    static final int EXPERIMENT = 0x88B5;

    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW_NONBLOCK = 3 | FileDescriptor.O_NONBLOCK;
    private static final int EVERYTHING = 0x0300;
    private static final int SOL_PACKET = 263;
    private static final int PACKET_VNET_HDR = 15;
    private static final int VNET_HEADER = 10;

    private final FileDescriptor socket;
    private final boolean header;

    /** In the thread's namespace. */
    PacketSocket(Link link, boolean withHeader) {
        header = withHeader;
        long fd = new Syscalls().call(SyscallNumber.SOCKET, AF_PACKET, SOCK_RAW_NONBLOCK, EVERYTHING);
        socket = new FileDescriptor((int) SystemCallException.check("socket(AF_PACKET)", fd));
        ByteBuffer address = NativeBuffers.allocate(20).putShort(0, (short) AF_PACKET)
                .putShort(2, (short) EVERYTHING).putInt(4, link.index());
        SystemCallException.check("bind", new Syscalls().call(SyscallNumber.BIND, socket.number(),
                NativeBuffers.address(address), 20));
        Reference.reachabilityFence(address);
        if (withHeader) {
            ByteBuffer one = NativeBuffers.allocate(4).putInt(0, 1);
            SystemCallException.check("setsockopt", new Syscalls().call(SyscallNumber.SETSOCKOPT, socket.number(),
                    SOL_PACKET, PACKET_VNET_HDR, NativeBuffers.address(one), 4, 0));
            Reference.reachabilityFence(one);
        }
    }

    /** A frame, with the header in front if this socket has one. */
    void send(byte[] frame) {
        ByteBuffer buffer = NativeBuffers.allocate(frame.length).put(0, frame);
        SystemCallException.check("send", socket.write(buffer));
    }

    /** The next frame of this type, without a header; fails after ten seconds. */
    byte[] receive(int type) {
        ByteBuffer buffer = NativeBuffers.allocate(70_000);
        int skip = header ? VNET_HEADER : 0;
        for (int i = 0; i < 10_000; i++) {
            buffer.clear();
            long got = socket.read(buffer);
            if (got <= 0) {
                Pause.millis(1);
            } else if ((buffer.getShort(skip + 12) & 0xFFFF) == Short.toUnsignedInt(
                    Short.reverseBytes((short) type))) {
                byte[] frame = new byte[(int) got];
                buffer.get(0, frame);
                return Arrays.copyOfRange(frame, skip, frame.length);
            }
        }
        throw new AssertionError("no such frame came");
    }

    @Override
    public void close() {
        socket.close();
    }
}
