package dev.jvmm.benchmarks;

import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.linux.SocketCalls;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.virtio.testing.MockRing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** A guest's driver and a program of the host's, connected by a vsock device, that pass 64 KiB on. For one thread. */
abstract class VsockTraffic {
    static final long CID = 3;
    static final int RECEIVE = 0;
    static final int TRANSMIT = 1;

    private static final int HEADER = 44;
    private static final int PORT = 52;
    private static final int SIZE = 64 << 10;
    private static final int REQUEST = 1;
    private static final int RW = 5;
    private static final int CREDIT_UPDATE = 6;
    private static final int OPERATION = 30;
    private static final int LENGTH = 24;
    private static final int FWD_CNT = 40;
    private static final int BUFFERS = 64;
    private static final int BUFFER = 3776;
    private static final int ROOM = 1 << 20;

    private final SocketCalls calls = new SocketCalls();
    private final ByteBuffer block = NativeBuffers.allocate(SIZE);
    private final ByteBuffer vector = NativeBuffers.allocate(16);
    private final long vectorAddress = NativeBuffers.address(vector);
    private final Path folder;
    private GuestMemory memory;
    private MockRing transmit;
    private MockRing receive;
    private ByteBuffer small;
    private ByteBuffer[] heads;
    private int packet;
    private int update;
    private int listener;
    private int program;
    private int forwarded;

    VsockTraffic() {
        try {
            folder = Files.createTempDirectory("vsock");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Of the device's Unix socket. */
    final String path() {
        return folder.resolve("v").toString();
    }

    /** Room in guest memory. */
    abstract long allocate(int size);

    /** Tells the device of a queue; it is done with what it can do at once when this returns. */
    abstract void kick(int queue);

    /** The device's sockets may have something for it. */
    abstract void awaitDevice();

    /** Connects the two, and has a packet pass. */
    final void begin(GuestMemory guest, MockRing toGuest, MockRing fromGuest) {
        memory = guest;
        transmit = fromGuest;
        receive = toGuest;
        heads = new ByteBuffer[receive.layout().size()];
        for (int i = 0; i < BUFFERS; i++) {
            long at = allocate(BUFFER);
            heads[receive.post(0, at, BUFFER)] = memory.view(at, HEADER);
        }
        kick(RECEIVE);
        listener = calls.listen(SocketCalls.SOCK_STREAM, path() + "_" + PORT, 1);
        long at = allocate(HEADER);
        small = header(at, 0);
        update = transmit.post(1, at, HEADER);
        send(REQUEST);
        program = calls.accept(listener);
        long large = allocate(HEADER);
        header(large, SIZE).putShort(OPERATION, (short) RW);
        packet = transmit.post(2, large, HEADER, allocate(SIZE), SIZE);
        kick(TRANSMIT);
        transmit.takeUsedAndKeep();
        vector.putLong(0, NativeBuffers.address(block)).putLong(Long.BYTES, SIZE);
        if (program < 0 || read() != SIZE) {
            throw new IllegalStateException("no packet has passed");
        }
    }

    private ByteBuffer header(long at, int length) {
        ByteBuffer header = memory.view(at, HEADER).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(0, CID).putLong(8, 2).putInt(16, 7).putInt(20, PORT).putInt(LENGTH, length).putShort(28,
                (short) 1);
        return header.putInt(36, ROOM);
    }

    /** Sends the small packet, which is there already. */
    private void send(int operation) {
        small.putShort(OPERATION, (short) operation).putInt(FWD_CNT, forwarded);
        if (operation != REQUEST) {
            transmit.publish(update);
        }
        kick(TRANSMIT);
        transmit.takeUsedAndKeep();
        take();
    }

    /** Takes what has come and posts it again; returns how many bytes of data there were. */
    private int take() {
        int bytes = 0;
        while (receive.hasUsed()) {
            int head = receive.usedHead();
            receive.takeUsedAndKeep();
            bytes += heads[head].getInt(LENGTH);
            receive.publish(head);
        }
        return bytes;
    }

    private int read() {
        int got = 0;
        while (got < SIZE) {
            long bytes = calls.receive(program, vectorAddress, 1, SocketCalls.MSG_DONTWAIT);
            if (bytes <= 0) {
                return (int) bytes;
            }
            got += (int) bytes;
        }
        return got;
    }

    /** From the guest to a program. */
    final int passToHost() {
        transmit.publish(packet);
        kick(TRANSMIT);
        transmit.takeUsedAndKeep();
        int got = read();
        take();
        return got;
    }

    /** From a program to the guest, which then says that it has room again. */
    final int passToGuest() {
        long sent = calls.send(program, vectorAddress, 1, SocketCalls.MSG_DONTWAIT);
        if (sent != SIZE) {
            throw new IllegalStateException("sent " + sent);
        }
        int got = 0;
        while (got < SIZE) {
            awaitDevice();
            got += take();
        }
        forwarded += got;
        send(CREDIT_UPDATE);
        return got;
    }

    /** When the device is closed. */
    final void end() throws IOException {
        calls.close(program);
        calls.close(listener);
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
