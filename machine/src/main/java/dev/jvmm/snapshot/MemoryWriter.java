package dev.jvmm.snapshot;

import dev.jvmm.linux.LocalFile;
import dev.jvmm.linux.NativeBuffers;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/** Writes a memory file: what was told is gathered a chunk at a time, and of a chunk the pages that are not all zero are written. */
final class MemoryWriter implements MemorySink {
    private static final int PAGE = 4096;
    private static final ByteBuffer ZEROS = NativeBuffers.allocate(PAGE);

    private final LocalFile file;
    private final ChunkSums sums;
    private final ByteBuffer chunk = NativeBuffers.allocate(ChunkSums.CHUNK);
    private int current = -1;
    private long end;

    MemoryWriter(LocalFile file, long size) {
        this.file = file;
        this.sums = new ChunkSums(size, 64);
        file.resize(size);
    }

    @Override
    public void data(long offset, ByteBuffer bytes) {
        int length = bytes.remaining();
        if (offset < end || offset > sums.size() || length > sums.size() - offset) {
            throw new IllegalArgumentException(
                    length + " bytes at " + offset + " behind " + end + " of a memory of " + sums.size());
        }
        end = offset + length;
        long at = offset;
        while (bytes.hasRemaining()) {
            select((int) (at / ChunkSums.CHUNK));
            int within = (int) (at % ChunkSums.CHUNK);
            int part = Math.min(bytes.remaining(), ChunkSums.CHUNK - within);
            chunk.put(within, bytes, bytes.position(), part);
            bytes.position(bytes.position() + part);
            at += part;
        }
    }

    /** Writes what is left; the file is complete. */
    ChunkSums finish() {
        select(-1);
        return sums;
    }

    private void select(int wanted) {
        if (wanted == current) {
            return;
        }
        if (current >= 0) {
            writeChunk();
            MemorySegment.ofBuffer(chunk.clear()).fill((byte) 0);
        }
        current = wanted;
    }

    private void writeChunk() {
        int length = sums.length(current);
        int from = 0;
        boolean any = false;
        while (from < length) {
            int to = from;
            while (to < length && !isZero(chunk, to, Math.min(PAGE, length - to))) {
                to = Math.min(to + PAGE, length);
            }
            if (to > from) {
                file.writeFully(chunk.duplicate().limit(to).position(from), sums.start(current) + from);
                any = true;
            }
            from = to + PAGE;
        }
        if (any) {
            sums.add(current, sum(chunk, length));
        }
    }

    static boolean isZero(ByteBuffer bytes, int from, int length) {
        for (int at = 0; at < length; at += PAGE) {
            int part = Math.min(PAGE, length - at);
            ByteBuffer page = bytes.duplicate().limit(from + at + part).position(from + at);
            if (page.mismatch(ZEROS.duplicate().limit(part)) >= 0) {
                return false;
            }
        }
        return true;
    }

    static int sum(ByteBuffer bytes, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes.duplicate().limit(length).position(0));
        return (int) crc.getValue();
    }
}
