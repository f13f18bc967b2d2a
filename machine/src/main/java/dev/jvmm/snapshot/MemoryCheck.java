package dev.jvmm.snapshot;

import dev.jvmm.linux.LocalFile;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.snapshot.SnapshotException.Reason;
import java.nio.ByteBuffer;

/** Reads a whole memory file and compares it with its checksums. Holes are not read. */
final class MemoryCheck {
    private final String path;
    private final LocalFile file;
    private final ChunkSums sums;
    private final ByteBuffer buffer = NativeBuffers.allocate(ChunkSums.CHUNK);

    MemoryCheck(String path, LocalFile file, ChunkSums sums) {
        this.path = path;
        this.file = file;
        this.sums = sums;
    }

    /**
     * Compares everything.
     *
     * @throws SnapshotException on the first difference
     */
    void run() {
        long at = 0;
        for (int i = 0; i < sums.count(); i++) {
            int chunk = sums.chunk(i);
            zeros(at, sums.start(chunk));
            int length = sums.length(chunk);
            read(sums.start(chunk), length);
            if (MemoryWriter.sum(buffer, length) != sums.sum(i)) {
                throw changed(sums.start(chunk));
            }
            at = sums.start(chunk) + length;
        }
        zeros(at, sums.size());
    }

    private void zeros(long from, long to) {
        long at = from;
        while (at < to) {
            at = file.nextData(at, sums.size());
            if (at < to) {
                int length = (int) Math.min(ChunkSums.CHUNK, to - at);
                read(at, length);
                if (!MemoryWriter.isZero(buffer, 0, length)) {
                    throw changed(at);
                }
                at += length;
            }
        }
    }

    private void read(long offset, int length) {
        buffer.clear().limit(length);
        file.readFully(buffer, offset);
        if (buffer.hasRemaining()) {
            throw new SnapshotException(Reason.CUT_SHORT, "the snapshot " + path + " is cut short in its memory");
        }
        buffer.clear();
    }

    private SnapshotException changed(long offset) {
        return new SnapshotException(Reason.CHANGED,
                "the snapshot " + path + " has changed in its memory, near byte " + offset);
    }
}
