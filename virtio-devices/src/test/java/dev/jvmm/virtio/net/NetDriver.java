package dev.jvmm.virtio.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/** What Linux's virtio_net does with its queues, honest and otherwise. */
final class NetDriver {
    /** The address that frames come from. */
    static final long OTHER = 0x5254_0000_0001L;

    /** Bytes of a receive buffer where nothing is said. */
    static final int BUFFER = 1536;

    final MockDriver driver;
    private final int control;

    /** Pieces of receive chains, address and length each, by queue and head. */
    private final Map<Integer, long[]> posted = new HashMap<>();

    /** @param control the number of the control queue */
    NetDriver(MockDriver driver, int control) {
        this.driver = driver;
        this.control = control;
    }

    /** The same driver after its memory was copied. */
    NetDriver movedTo(MockDriver moved) {
        NetDriver after = new NetDriver(moved, control);
        after.posted.putAll(posted);
        return after;
    }

    /** A header: flags, type, header length, segment size, where the checksum starts and goes. */
    static byte[] header(int flags, int type, int size, int start, int offset) {
        return ByteBuffer.allocate(NetHeader.SIZE).order(ByteOrder.LITTLE_ENDIAN).put((byte) flags).put((byte) type)
                .putShort((short) 54).putShort((short) size).putShort((short) start).putShort((short) offset).array();
    }

    /** A header that asks for nothing. */
    static byte[] header() {
        return new byte[NetHeader.SIZE];
    }

    /** A header and a frame of so many bytes, random but for its addresses and type. */
    static byte[] frame(byte[] header, long to, int type, int length) {
        ByteBuffer frame = ByteBuffer.allocate(NetHeader.SIZE + length);
        new Random(length * 31L + to).nextBytes(frame.array());
        frame.put(header).putShort((short) (to >> 32)).putInt((int) to);
        frame.putShort((short) (OTHER >> 32)).putInt((int) OTHER).putShort((short) type);
        return frame.array();
    }

    /** A frame for everybody. */
    static byte[] frame(int length) {
        return frame(header(), MacAddress.BROADCAST.value(), 0x0800, length);
    }

    /** Makes a frame available in a transmit queue, cut into pieces, and does not kick. */
    void post(int queue, byte[] frame, int piece) {
        long at = driver.allocate(frame.length);
        driver.memory().write(at, frame);
        int count = (frame.length + piece - 1) / piece;
        driver.ring(queue).post(count, pieces(at, frame.length, piece));
    }

    private static long[] pieces(long at, int length, int piece) {
        long[] pieces = new long[(length + piece - 1) / piece * 2];
        for (int done = 0, i = 0; done < length; done += piece, i += 2) {
            pieces[i] = at + done;
            pieces[i + 1] = Math.min(piece, length - done);
        }
        return pieces;
    }

    /** Sends a frame on a pair and takes the used buffer. */
    void send(int pair, byte[] frame) {
        post(2 * pair + 1, frame, 1000);
        driver.kick(2 * pair + 1);
        assertEquals(0, driver.ring(2 * pair + 1).takeUsed());
    }

    /** Makes a receive buffer available, cut into pieces, and does not kick. */
    void room(int pair, int length, int piece) {
        long at = driver.allocate(length);
        long[] pieces = pieces(at, length, piece);
        posted.put(pair << 16 | driver.ring(2 * pair).post(0, pieces), pieces);
    }

    /** Makes some receive buffers available and kicks. */
    void rooms(int pair, int count, int length) {
        for (int i = 0; i < count; i++) {
            room(pair, length, length);
        }
        driver.kick(2 * pair);
    }

    /** Takes a received frame, of all the buffers that its header names, of which all but the last have to be full. */
    byte[] receive(int pair) {
        MockRing ring = driver.ring(2 * pair);
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        int buffers = 1;
        boolean full = true;
        for (int i = 0; i < buffers; i++) {
            assertEquals(true, full, "a buffer in the middle of a frame that is not full");
            long[] pieces = posted.remove(pair << 16 | ring.usedHead());
            long length = ring.takeUsed();
            frame.writeBytes(bytes(pieces, length));
            full = length == total(pieces);
            if (i == 0) {
                buffers = ByteBuffer.wrap(frame.toByteArray()).order(ByteOrder.LITTLE_ENDIAN)
                        .getShort(NetHeader.NUM_BUFFERS) & 0xFFFF;
                assertEquals(true, buffers > 0);
            }
        }
        byte[] bytes = frame.toByteArray();
        Arrays.fill(bytes, NetHeader.NUM_BUFFERS, NetHeader.SIZE, (byte) 0);
        return bytes;
    }

    private static long total(long[] pieces) {
        long total = 0;
        for (int i = 1; i < pieces.length; i += 2) {
            total += pieces[i];
        }
        return total;
    }

    private byte[] bytes(long[] pieces, long length) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        long left = length;
        for (int i = 0; i < pieces.length && left > 0; i += 2) {
            int chunk = (int) Math.min(left, pieces[i + 1]);
            bytes.writeBytes(driver.memory().read(pieces[i], chunk));
            left -= chunk;
        }
        return bytes.toByteArray();
    }

    /** Gives a command; returns the ack. */
    int command(int kind, int command, byte... body) {
        ByteBuffer request = ByteBuffer.allocate(2 + body.length).put((byte) kind).put((byte) command).put(body);
        byte[] answer = driver.call(control, request.array(), 1);
        assertEquals(1, answer.length);
        return answer[0];
    }

    /** Little-endian bytes. */
    static byte[] little(long value, int bytes) {
        return Arrays.copyOf(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array(), bytes);
    }

    /** The body of MAC_TABLE_SET. */
    static byte[] tables(long[] unicast, long[] multicast) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (long[] table : new long[][]{ unicast, multicast }) {
            body.writeBytes(little(table.length, 4));
            for (long address : table) {
                body.writeBytes(new MacAddress(address).octets());
            }
        }
        return body.toByteArray();
    }
}
