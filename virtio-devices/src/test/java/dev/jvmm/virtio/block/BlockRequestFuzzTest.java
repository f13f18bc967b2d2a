package dev.jvmm.virtio.block;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.virtio.queue.GuestRam;
import dev.jvmm.virtio.queue.QueueLayout;
import dev.jvmm.virtio.queue.VirtioException;
import dev.jvmm.virtio.queue.Virtqueue;
import dev.jvmm.virtio.testing.MockRing;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Requests of any type, place, length and cut. A lie may end in a VirtioException, and in nothing else. */
class BlockRequestFuzzTest {
    private static final int SIZE = 64;
    private static final int SECTORS = 64;
    private static final QueueLayout LAYOUT = new QueueLayout(SIZE, 0x1000, 0x2000, 0x3000);
    private static final long AREA = 0x1_0000;
    private static final int AREA_SIZE = 0x1_0000;

    /** Bytes of a request in the input. */
    private static final int RECORD = 12;

    private final GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(1 << 20));
    private final GuestRam ram = new GuestRam(memory);
    private final BlockDevice device;
    private int completed;

    BlockRequestFuzzTest() throws IOException {
        Path image = Files.createTempFile("jvmm-fuzz", ".img");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(SECTORS * 512L);
        }
        DiskConfig config = DiskConfig.of(image.toString());
        DiskFile disk = DiskFile.open(config);
        Files.delete(image);
        device = new BlockDevice("fuzz", config, disk, new CheckedEngine(disk, memory));
        device.attach(new LoopHost());
    }

    /** The first byte chooses features; then each 12 bytes are a request. */
    @FuzzTest(maxDuration = "10m")
    void anyRequests(byte[] input) {
        if (input.length == 0) {
            return;
        }
        MockRing ring = new MockRing(memory, LAYOUT, false);
        Virtqueue queue = new Virtqueue(0, ram, LAYOUT, SIZE, false, false, () -> completed++);
        device.reset();
        device.activate((input[0] & 1) == 0 ? device.features() : 0, List.of(queue));
        ByteBuffer in = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN).position(1);
        int posted = 0;
        int taken = 0;
        try {
            while (in.remaining() >= RECORD) {
                if (post(ring, in)) {
                    posted++;
                }
                if ((input[0] & 2) != 0 || ring.free() < SIZE / 2 || in.remaining() < RECORD) {
                    device.notified(0);
                    for (; taken < posted; taken++) {
                        ring.takeUsed();
                    }
                }
            }
        } catch (VirtioException e) {
            queue.retire();
            device.reset();
        }
        if (!device.idle()) {
            throw new AssertionError("something is still in flight");
        }
    }

    /** Type, place, lengths, cut: as the record says, mostly near what is allowed. */
    private boolean post(MockRing ring, ByteBuffer in) {
        int type = in.get();
        int kind = in.get();
        int sector = in.get() & 0xFF;
        int out = in.getShort() & 0xFFFF;
        int room = in.getShort() & 0xFFFF;
        int cut = in.get() & 0xFF;
        int flags = in.get();
        int sectors = in.getShort();
        int lie = in.get();
        long place = place(kind, sector);
        ByteBuffer header = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        memory.write(AREA, header.putInt(0, type).putLong(8, place).array());
        int ranges = BlockSpec.HEADER_SIZE + (out & 0x3F) * BlockSpec.RANGE_SIZE;
        for (int at = BlockSpec.HEADER_SIZE; at < ranges; at += BlockSpec.RANGE_SIZE) {
            memory.write(AREA + at, BlockDriver.range(place, sectors >> (kind >> 6 & 1) * 8, flags));
        }
        int readable = (lie & 1) == 0 ? 16 + length(out, lie) : out & 0x1F;
        int writable = (lie & 2) == 0 ? 1 + length(room, lie) : room & 0x3;
        return post(ring, readable, writable, 1 + cut * 64, (lie & 4) != 0);
    }

    private static long place(int kind, int sector) {
        return switch (kind & 3) {
            case 0 -> sector;
            case 1 -> SECTORS - (long) sector;
            case 2 -> -(long) sector;
            default -> (long) sector << (kind >> 2 & 0x3F);
        };
    }

    /** Whole sectors, ranges, or anything. */
    private static int length(int value, int lie) {
        return switch (lie >> 3 & 3) {
            case 0 -> (value & 0x3F) * 512;
            case 1 -> (value & 0x3F) * BlockSpec.RANGE_SIZE;
            case 2 -> value & 0x7FFF;
            default -> 0;
        };
    }

    private static boolean post(MockRing ring, int readable, int writable, int cut, boolean overlap) {
        int first = (readable + cut - 1) / cut;
        int second = (writable + cut - 1) / cut;
        if (first + second == 0 || first + second > ring.free()) {
            return false;
        }
        long[] buffers = new long[2 * (first + second)];
        long to = overlap ? AREA : AREA + AREA_SIZE;
        for (int i = 0; i < first + second; i++) {
            boolean out = i < first;
            int done = (out ? i : i - first) * cut;
            buffers[2 * i] = (out ? AREA : to) + done;
            buffers[2 * i + 1] = Math.min(cut, (out ? readable : writable) - done);
        }
        ring.post(first, buffers);
        return true;
    }
}
