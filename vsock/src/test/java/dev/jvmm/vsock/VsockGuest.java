package dev.jvmm.vsock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What Linux's virtio_vsock does with its queues, honest and otherwise. */
final class VsockGuest {
    static final long CID = 42;

    /** Bytes of a receive buffer, as Linux has them. */
    static final int BUFFER = 3776;

    /** A packet that came. */
    record Got(int operation, int type, int hostPort, int guestPort, int flags, int bufAlloc, int fwdCnt,
            byte[] data) {
        String text() {
            return new String(data);
        }
    }

    final MockDriver driver;

    /** What the guest says of itself in each packet. */
    int bufAlloc = 1 << 18;

    int fwdCnt;
    int type = Packet.STREAM;
    long sourceCid = CID;
    long targetCid = Packet.HOST;

    /** A length for the header instead of the data's, unless negative. */
    long length = -1;

    private final long out;

    VsockGuest(MockDriver driver) {
        this.driver = driver;
        out = driver.allocate(1 << 18);
    }

    /** Posts receive buffers. */
    VsockGuest rooms(int count, int size) {
        for (int i = 0; i < count; i++) {
            room(driver.allocate(size), size);
        }
        driver.kick(VsockDevice.RECEIVE);
        return this;
    }

    VsockGuest rooms() {
        return rooms(64, BUFFER);
    }

    private void room(long address, int size) {
        driver.ring(VsockDevice.RECEIVE).post(0, address, size);
    }

    void send(int operation, int guestPort, int hostPort, int flags, byte[] data) {
        ByteBuffer packet = ByteBuffer.allocate(Packet.HEADER + data.length).order(ByteOrder.LITTLE_ENDIAN);
        packet.putLong(sourceCid).putLong(targetCid).putInt(guestPort).putInt(hostPort);
        packet.putInt((int) (length < 0 ? data.length : length)).putShort((short) type).putShort((short) operation);
        packet.putInt(flags).putInt(bufAlloc).putInt(fwdCnt).put(data);
        driver.memory().write(out, packet.array());
        MockRing ring = driver.ring(VsockDevice.TRANSMIT);
        if (data.length == 0) {
            ring.post(1, out, Packet.HEADER);
        } else {
            ring.post(2, out, Packet.HEADER, out + Packet.HEADER, data.length);
        }
        driver.kick(VsockDevice.TRANSMIT);
        while (ring.hasUsed()) {
            ring.takeUsed();
        }
    }

    /** Waits until the host's kernel has taken what was sent, whose buffer is used again. */
    void awaitSent() {
        MockRing ring = driver.ring(VsockDevice.TRANSMIT);
        while (ring.free() < ring.layout().size()) {
            driver.awaitUsed(VsockDevice.TRANSMIT);
            ring.takeUsed();
        }
    }

    void send(int operation, int guestPort, int hostPort) {
        send(operation, guestPort, hostPort, 0, new byte[0]);
    }

    void data(int guestPort, int hostPort, byte[] data) {
        send(Packet.RW, guestPort, hostPort, 0, data);
    }

    /** The next packet; waits for it. Its buffer is posted again. */
    Got next() {
        driver.awaitUsed(VsockDevice.RECEIVE);
        return take();
    }

    boolean hasNext() {
        return driver.ring(VsockDevice.RECEIVE).hasUsed();
    }

    private Got take() {
        MockRing ring = driver.ring(VsockDevice.RECEIVE);
        ByteBuffer descriptor = ByteBuffer
                .wrap(driver.memory().read(ring.layout().descriptors() + 16L * ring.usedHead(), 16))
                .order(ByteOrder.LITTLE_ENDIAN);
        long address = descriptor.getLong(0);
        int used = (int) ring.takeUsed();
        ByteBuffer header = ByteBuffer.wrap(driver.memory().read(address, used)).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(driver.config(0, 8), header.getLong(Packet.DST_CID));
        int bytes = header.getInt(Packet.LENGTH);
        assertEquals(used - Packet.HEADER, bytes);
        byte[] data = new byte[bytes];
        header.get(Packet.HEADER, data);
        Got got = new Got(header.getShort(Packet.OPERATION), header.getShort(Packet.TYPE),
                header.getInt(Packet.SRC_PORT), header.getInt(Packet.DST_PORT), header.getInt(Packet.FLAGS),
                header.getInt(Packet.BUF_ALLOC), header.getInt(Packet.FWD_CNT), data);
        room(address, descriptor.getInt(8));
        driver.kick(VsockDevice.RECEIVE);
        return got;
    }

    /** The next packet, which is such a one. */
    Got next(int operation, int guestPort) {
        Got got = next();
        assertEquals(operation, got.operation, got::toString);
        assertEquals(guestPort, got.guestPort);
        assertEquals(type, got.type);
        return got;
    }

    /** Data for a port until so many bytes have come; the count of forwarded bytes grows with them. */
    byte[] data(int guestPort, int bytes) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (all.size() < bytes) {
            Got got = next(Packet.RW, guestPort);
            all.writeBytes(got.data);
            fwdCnt += got.data.length;
        }
        assertEquals(bytes, all.size());
        return all.toByteArray();
    }

    /** Nothing comes, also after a while. */
    void nothing() throws InterruptedException {
        Thread.sleep(50);
        assertFalse(hasNext(), () -> next().toString());
    }

    /** Takes one packet after the other until such a one. */
    Got skipTo(int operation) {
        Got got = next();
        while (got.operation != operation) {
            got = next();
        }
        return got;
    }
}
