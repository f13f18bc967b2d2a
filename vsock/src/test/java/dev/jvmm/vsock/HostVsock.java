package dev.jvmm.vsock;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.linux.SyscallNumber;
import dev.jvmm.linux.Syscalls;
import dev.jvmm.linux.SystemCallException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.LongSupplier;

/** A program's socket of the family AF_VSOCK on this host; see vsock(7). What would block is tried again, for ten seconds. */
final class HostVsock implements AutoCloseable {
    private static final int AF_VSOCK = 40;
    private static final int EINPROGRESS = 115;
    private static final int ENOTCONN = 107;
    private static final int ADDRESS = 16;
    private static final int ADDRESS_PORT = 4;
    private static final int ADDRESS_CID = 8;
    private static final int ANY_CID = -1;
    private static final int LONGEST = 256 << 10;

    private final FileDescriptor socket;
    private final Syscalls syscalls = new Syscalls();

    private HostVsock(long fd) {
        socket = new FileDescriptor((int) SystemCallException.check("socket(AF_VSOCK)", fd));
    }

    private static HostVsock of(int type) {
        return new HostVsock(new Syscalls().call(SyscallNumber.SOCKET, AF_VSOCK, type | FileDescriptor.O_NONBLOCK, 0));
    }

    static HostVsock listen(int type, int port) {
        HostVsock listener = of(type);
        SystemCallException.check("bind", listener.withAddress(SyscallNumber.BIND, ANY_CID, port));
        SystemCallException.check("listen",
                listener.syscalls.call(SyscallNumber.LISTEN, listener.socket.number(), 16, 0));
        return listener;
    }

    /** Begins to connect; it is connected when something can be written. */
    static HostVsock connect(int type, long cid, int port) {
        HostVsock caller = of(type);
        long done = caller.withAddress(SyscallNumber.CONNECT, (int) cid, port);
        if (done != -EINPROGRESS) {
            SystemCallException.check("connect", done);
        }
        return caller;
    }

    private long withAddress(long call, int cid, int port) {
        ByteBuffer address = NativeBuffers.allocate(ADDRESS).putShort(0, (short) AF_VSOCK);
        address.putInt(ADDRESS_PORT, port).putInt(ADDRESS_CID, cid);
        long done = syscalls.call(call, socket.number(), NativeBuffers.address(address), ADDRESS);
        Reference.reachabilityFence(address);
        return done;
    }

    HostVsock accept() {
        return new HostVsock(patiently(() -> syscalls.call(SyscallNumber.ACCEPT4, socket.number(), 0, 0,
                FileDescriptor.O_NONBLOCK, 0, 0)));
    }

    private static long patiently(LongSupplier call) {
        for (int i = 0; i < 10_000; i++) {
            long done = call.getAsLong();
            if (done != -Errno.EAGAIN && done != -ENOTCONN) {
                return done;
            }
            try {
                Thread.sleep(1);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        throw new AssertionError("nothing happens");
    }

    void write(byte[] bytes) {
        ByteBuffer buffer = NativeBuffers.allocate(bytes.length).put(0, bytes);
        while (buffer.hasRemaining()) {
            SystemCallException.check("write", patiently(() -> socket.write(buffer)));
        }
    }

    /** What there is, or comes: empty at the end. */
    byte[] read() {
        ByteBuffer buffer = NativeBuffers.allocate(LONGEST);
        long got = SystemCallException.check("read", patiently(() -> socket.read(buffer)));
        byte[] bytes = new byte[(int) got];
        buffer.get(0, bytes);
        return bytes;
    }

    /** So many bytes. */
    byte[] read(int count) {
        byte[] all = new byte[0];
        while (all.length < count) {
            byte[] more = read();
            if (more.length == 0) {
                throw new AssertionError("the end after " + all.length + " bytes");
            }
            all = Arrays.copyOf(all, all.length + more.length);
            System.arraycopy(more, 0, all, all.length - more.length, more.length);
        }
        return all;
    }

    /** The number of the error that a read ends with. */
    int failure() {
        ByteBuffer buffer = NativeBuffers.allocate(1);
        return (int) -patiently(() -> socket.read(buffer));
    }

    void endSending() {
        syscalls.call(SyscallNumber.SHUTDOWN, socket.number(), 1, 0);
    }

    @Override
    public void close() {
        socket.close();
    }
}
