package dev.jvmm.channel;

import dev.jvmm.machine.SerialGuest;
import dev.jvmm.machine.SerialHost;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The guest's end of the channel with a UART's small receiver; the test plays init. */
final class FakeGuest implements SerialGuest {
    private static final int FIFO = 16;

    private final SerialHost host;
    private final ByteArrayOutputStream fifo = new ByteArrayOutputStream();
    private boolean hasRoom;

    FakeGuest(SerialHost host) {
        this.host = host;
        host.connect(this);
    }

    @Override
    public synchronized int toGuest(byte[] bytes, int offset, int length) {
        int taken = Math.min(length, FIFO - fifo.size());
        fifo.write(bytes, offset, taken);
        notifyAll();
        return taken;
    }

    /** How many bytes wait in the receiver. */
    synchronized int received() {
        return fifo.size();
    }

    private int read() throws InterruptedException {
        int value;
        synchronized (this) {
            while (fifo.size() == 0) {
                wait();
            }
            byte[] all = fifo.toByteArray();
            value = all[0] & 0xFF;
            fifo.reset();
            fifo.write(all, 1, all.length - 1);
        }
        host.guestCanReceive();
        return value;
    }

    /** The next frame from the host: its type, and its payload. */
    Received receive() throws InterruptedException {
        byte[] header = readBytes(4);
        ByteBuffer fields = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
        return new Received(header[0], readBytes(fields.getInt(0) >>> 8));
    }

    private byte[] readBytes(int count) throws InterruptedException {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) read();
        }
        return bytes;
    }

    void send(int type, byte... payload) {
        ByteBuffer wire = ByteBuffer.allocate(4 + payload.length).order(ByteOrder.LITTLE_ENDIAN);
        wire.putInt(0, payload.length << 8 | type).put(4, payload);
        sendRaw(wire.array());
    }

    void sendRaw(byte... bytes) {
        ByteBuffer wire = ByteBuffer.wrap(bytes);
        while (wire.hasRemaining()) {
            synchronized (this) {
                hasRoom = false;
            }
            host.fromGuest(wire);
            awaitRoom(wire);
        }
        host.outputComplete();
    }

    /** As a vCPU waits in the UART. */
    private synchronized void awaitRoom(ByteBuffer wire) {
        try {
            while (wire.hasRemaining() && !hasRoom) {
                wait();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public synchronized int flush() {
        hasRoom = true;
        notifyAll();
        return 0;
    }

    void ready() {
        send(0x01, (byte) 2, (byte) 0, (byte) 0, (byte) 0);
    }

    /** As {@link #startReady}, after saying that it takes orders. */
    byte[] start() throws InterruptedException {
        ready();
        return startReady();
    }

    /** Takes randomness, clock, identity and the command; says that it runs; returns the command's payload. */
    byte[] startReady() throws InterruptedException {
        expect(0x46);
        expect(0x45);
        expect(0x48);
        byte[] order = expect(0x41);
        send(0x02, (byte) 9, (byte) 0, (byte) 0, (byte) 0);
        return order;
    }

    byte[] expect(int type) throws InterruptedException {
        Received frame = receive();
        if (frame.type != type) {
            throw new AssertionError("a frame of type " + frame.type + " instead of " + type);
        }
        return frame.payload;
    }

    record Received(int type, byte[] payload) {}
}
