package dev.jvmm.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * What statx(2) and a block device's ioctls say of an open file.
 *
 * @param kind what it is
 * @param size in bytes, of a file's contents or of a block device
 * @param blockSize of a block device, in bytes: the least it reads or writes; 0 otherwise
 * @param physicalBlockSize of a block device, in bytes: what it writes without reading first; 0 otherwise
 * @param directMemoryAlignment what buffers of direct I/O must be aligned to, in bytes; 0 where the host does not say
 * @param directOffsetAlignment what offsets and lengths of direct I/O must be aligned to, in bytes; 0 where the host does not say
 * @see <a href="https://man7.org/linux/man-pages/man2/statx.2.html">statx(2)</a>
 */
public record DiskStatus(Kind kind, long size, int blockSize, int physicalBlockSize, int directMemoryAlignment,
        int directOffsetAlignment) {
    static final int AT_EMPTY_PATH = 0x1000;
    static final int STATX_TYPE = 0x1;
    static final int STATX_SIZE = 0x200;
    static final int STATX_DIOALIGN = 0x2000;
    private static final int S_IFMT = 0170000;
    private static final int S_IFREG = 0100000;
    private static final int S_IFBLK = 0060000;
    static final int BLKSSZGET = 0x1268;
    static final int BLKPBSZGET = 0x127B;

    /** {@code _IOR(0x12, 114, size_t)}. */
    static final int BLKGETSIZE64 = 0x8008_1272;

    /** What can be a disk, and what can not. */
    public enum Kind {
        /** A regular file. */
        REGULAR,
        /** A block device. */
        BLOCK_DEVICE,
        /** A directory, a pipe, a character device and so on. */
        OTHER
    }

    /** {@code struct statx}, as far as it is looked at. */
    static final class Layout {
        static final int SIZE = 256;
        static final int MASK = 0;
        static final int MODE = 28;
        static final int FILE_SIZE = 40;
        static final int DIO_MEM_ALIGN = 152;
        static final int DIO_OFFSET_ALIGN = 156;

        private Layout() {}
    }

    /**
     * Asks the kernel.
     *
     * @throws SystemCallException when it refuses
     */
    public static DiskStatus of(FileDescriptor file) {
        ByteBuffer statx = statx(file);
        int direct = statx.getInt(Layout.MASK) & STATX_DIOALIGN;
        int memory = direct == 0 ? 0 : statx.getInt(Layout.DIO_MEM_ALIGN);
        int offset = direct == 0 ? 0 : statx.getInt(Layout.DIO_OFFSET_ALIGN);
        int type = Short.toUnsignedInt(statx.getShort(Layout.MODE)) & S_IFMT;
        if (type != S_IFBLK) {
            Kind kind = type == S_IFREG ? Kind.REGULAR : Kind.OTHER;
            return new DiskStatus(kind, statx.getLong(Layout.FILE_SIZE), 0, 0, memory, offset);
        }
        ByteBuffer answer = NativeBuffers.allocate(Long.BYTES);
        file.ioctl("ioctl(BLKSSZGET)", BLKSSZGET, answer);
        int block = answer.getInt(0);
        file.ioctl("ioctl(BLKPBSZGET)", BLKPBSZGET, answer);
        int physical = answer.getInt(0);
        return new DiskStatus(Kind.BLOCK_DEVICE, deviceSize(file), block, physical, memory, offset);
    }

    /** The size now, in bytes, of a file or block device. */
    public static long sizeOf(FileDescriptor file, Kind kind) {
        return kind == Kind.BLOCK_DEVICE ? deviceSize(file) : statx(file).getLong(Layout.FILE_SIZE);
    }

    private static long deviceSize(FileDescriptor file) {
        ByteBuffer answer = NativeBuffers.allocate(Long.BYTES);
        file.ioctl("ioctl(BLKGETSIZE64)", BLKGETSIZE64, answer);
        return answer.getLong(0);
    }

    private static ByteBuffer statx(FileDescriptor file) {
        ByteBuffer statx = NativeBuffers.allocate(Layout.SIZE);
        ByteBuffer emptyPath = NativeBuffers.allocate(1);
        long done = new Syscalls().call(SyscallNumber.STATX, file.number(), NativeBuffers.address(emptyPath),
                AT_EMPTY_PATH, STATX_TYPE | STATX_SIZE | STATX_DIOALIGN, NativeBuffers.address(statx), 0);
        Reference.reachabilityFence(emptyPath);
        SystemCallException.check("statx", done);
        return statx;
    }
}
