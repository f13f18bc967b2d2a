package dev.jvmm.snapshot;

import dev.jvmm.linux.FileStatus;
import dev.jvmm.linux.LocalFile;
import dev.jvmm.linux.NativeBuffers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * A small file that says: the memory file with this inode, size and these times was right. As long as it has them still, its checksums
 * need not be computed. A stamp is good for one run of the host: what a crash or a power cut left of a file can have the right times.
 *
 * <pre>
 *   0  "JVMMSTMP"
 *   8  version                             32 bits, as the next
 *  12  checksum of the state file
 *  16  device, inode, size, mtime, ctime   64 bits each, times in nanoseconds since 1970
 *  56  the host's boot id                  36 bytes
 *  92  checksum (CRC32) of all before
 * </pre>
 */
final class Stamp {
    static final String NAME = "stamp";
    static final int SIZE = 96;

    /** Times of files are as coarse as the kernel's tick, of which none is longer: changes further apart than that show. */
    static final long TICK_NANOS = 10_000_000;

    private static final long MAGIC = 0x504D54534D4D564AL;
    private static final int VERSION = 1;
    private static final int BOOT_ID = 56;
    private static final int SUM = 92;

    private Stamp() {}

    /**
     * The stamp for a memory file.
     *
     * @param stateSum the checksum at the end of the state file that it belongs to
     */
    static ByteBuffer encode(int stateSum, FileStatus memory) {
        ByteBuffer stamp = NativeBuffers.allocate(SIZE);
        stamp.putLong(MAGIC).putInt(VERSION).putInt(stateSum);
        stamp.putLong(memory.device()).putLong(memory.inode()).putLong(memory.size());
        stamp.putLong(memory.modified()).putLong(memory.changed());
        stamp.put(Arrays.copyOf(bootId().getBytes(StandardCharsets.ISO_8859_1), SUM - BOOT_ID));
        return stamp.putInt(sum(stamp)).flip();
    }

    /** Whether the file holds what {@link #encode} makes now: then nobody has changed the memory file. */
    static boolean fits(LocalFile file, int stateSum, FileStatus memory) {
        ByteBuffer read = NativeBuffers.allocate(SIZE + 1);
        file.readFully(read, 0);
        ByteBuffer right = encode(stateSum, memory);
        return right.get(BOOT_ID) != 0 && read.flip().equals(right);
    }

    private static int sum(ByteBuffer stamp) {
        CRC32 crc = new CRC32();
        crc.update(stamp.duplicate().limit(SUM).position(0));
        return (int) crc.getValue();
    }

    private static String bootId() {
        return ProcFile.read("/proc/sys/kernel/random/boot_id", SUM - BOOT_ID);
    }
}
