package dev.jvmm.virtio.block;

import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Block requests, honest and otherwise, one at a time. */
final class BlockDriver {
    /** What a status byte says before the device has written it. */
    static final int UNTOUCHED = 0xAA;

    private final MockDriver driver;

    /** @param used what the device says it wrote; the status byte counts as one */
    record Answer(int status, byte[] data, long used) {}

    BlockDriver(MockDriver driver) {
        this.driver = driver;
    }

    static byte[] header(int type, long sector) {
        return ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putInt(0, type).putLong(8, sector).array();
    }

    /** Of a discard or write of zeroes. */
    static byte[] range(long sector, int sectors, int flags) {
        return ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(0, sector).putInt(8, sectors)
                .putInt(12, flags).array();
    }

    /** Header, data out and room for data in and the status, each in a buffer. */
    Answer send(int queue, int type, long sector, byte[] out, int room) {
        long header = write(header(type, sector));
        long data = write(out);
        long in = driver.allocate(Math.max(1, room));
        long status = write(new byte[]{ (byte) UNTOUCHED });
        MockRing ring = driver.ring(queue);
        ring.post(out.length == 0 ? 1 : 2, buffers(header, 16, data, out.length, in, room, status, 1));
        return answer(queue, in, room, status);
    }

    private static long[] buffers(long... all) {
        long[] some = new long[all.length];
        int count = 0;
        for (int i = 0; i < all.length; i += 2) {
            if (all[i + 1] > 0) {
                some[count++] = all[i];
                some[count++] = all[i + 1];
            }
        }
        return Arrays.copyOf(some, count);
    }

    /** The request in pieces of these sizes, which end where header, data and status do or anywhere else. */
    Answer sendCut(int queue, int type, long sector, byte[] out, int room, int piece) {
        byte[] readable = ByteBuffer.allocate(16 + out.length).put(header(type, sector)).put(out).array();
        long from = write(readable);
        byte[] blank = new byte[room + 1];
        blank[room] = (byte) UNTOUCHED;
        long to = write(blank);
        int first = (readable.length + piece - 1) / piece;
        int second = (room + piece) / piece;
        long[] buffers = new long[2 * (first + second)];
        for (int i = 0; i < first; i++) {
            buffers[2 * i] = from + (long) i * piece;
            buffers[2 * i + 1] = Math.min(piece, readable.length - i * piece);
        }
        for (int i = 0; i < second; i++) {
            buffers[2 * (first + i)] = to + (long) i * piece;
            buffers[2 * (first + i) + 1] = Math.min(piece, room + 1 - i * piece);
        }
        driver.ring(queue).post(first, buffers);
        return answer(queue, to, room, to + room);
    }

    private Answer answer(int queue, long in, int room, long status) {
        driver.kick(queue);
        driver.awaitUsed(queue);
        long used = driver.ring(queue).takeUsed();
        return new Answer(driver.memory().read(status, 1)[0] & 0xFF, driver.memory().read(in, room), used);
    }

    private long write(byte[] bytes) {
        long address = driver.allocate(Math.max(1, bytes.length));
        driver.memory().write(address, bytes);
        return address;
    }

    Answer read(long sector, int bytes) {
        return send(0, BlockSpec.T_IN, sector, new byte[0], bytes);
    }

    Answer write(long sector, byte[] data) {
        return send(0, BlockSpec.T_OUT, sector, data, 0);
    }

    Answer flush() {
        return send(0, BlockSpec.T_FLUSH, 0, new byte[0], 0);
    }

    Answer discard(byte... ranges) {
        return send(0, BlockSpec.T_DISCARD, 0, ranges, 0);
    }

    Answer writeZeroes(byte... ranges) {
        return send(0, BlockSpec.T_WRITE_ZEROES, 0, ranges, 0);
    }
}
