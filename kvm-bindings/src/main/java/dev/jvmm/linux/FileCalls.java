package dev.jvmm.linux;

import java.nio.ByteBuffer;

/**
 * Calls on files that may block for as long as a disk likes, for one thread at a time: each thread has an instance of its own, and no
 * call holds a monitor. They allocate nothing and answer with the negated errno. Whoever calls keeps the descriptor open meanwhile.
 */
public final class FileCalls {
    public static final int FALLOC_FL_KEEP_SIZE = 1;
    public static final int FALLOC_FL_PUNCH_HOLE = 2;
    public static final int FALLOC_FL_ZERO_RANGE = 16;

    /** Each write is on the disk before it returns, as with {@code O_DSYNC}. */
    public static final int RWF_DSYNC = 2;

    static final int SEEK_END = 2;
    static final int BLKDISCARD = 0x1277;
    static final int BLKZEROOUT = 0x127F;

    private final Syscalls syscalls = new Syscalls();

    /** What BLKDISCARD and BLKZEROOUT take: the offset and the length, in bytes. */
    private final ByteBuffer range = NativeBuffers.allocate(2 * Long.BYTES);

    private final long rangeAddress = NativeBuffers.address(range);

    /** For the calling thread. */
    public FileCalls() {}

    /** preadv(2) into {@code count} iovecs at an address; returns the bytes read, 0 at the end of the file. */
    public long preadv(int fd, long iovecs, int count, long offset) {
        // the offset comes in two halves of a word; on 64 bits the low half is all of it
        return syscalls.call(SyscallNumber.PREADV, fd, iovecs, count, offset, 0, 0);
    }

    /** pwritev2(2) from {@code count} iovecs at an address, with {@code RWF_*} flags; returns the bytes written. */
    public long pwritev(int fd, long iovecs, int count, long offset, int flags) {
        return syscalls.call(SyscallNumber.PWRITEV2, fd, iovecs, count, offset, 0, flags);
    }

    /** pread(2). */
    public long pread(int fd, long address, long length, long offset) {
        return syscalls.call(SyscallNumber.PREAD64, fd, address, length, offset, 0, 0);
    }

    /** pwrite(2). */
    public long pwrite(int fd, long address, long length, long offset) {
        return syscalls.call(SyscallNumber.PWRITE64, fd, address, length, offset, 0, 0);
    }

    /** Where the file or block device ends now, in bytes; moves the position that read(2) begins at. */
    public long end(int fd) {
        return syscalls.call(SyscallNumber.LSEEK, fd, 0, SEEK_END);
    }

    /** Where the first hole at or behind an offset begins; the file's end where there is none. Moves the descriptor's position. */
    public long nextHole(int fd, long offset) {
        return syscalls.call(SyscallNumber.LSEEK, fd, offset, FileExtents.SEEK_HOLE);
    }

    /** Where the first data at or behind an offset begins; {@code -ENXIO} where there is none. Moves the descriptor's position. */
    public long nextData(int fd, long offset) {
        return syscalls.call(SyscallNumber.LSEEK, fd, offset, LocalFile.SEEK_DATA);
    }

    /** fdatasync(2): what was written before is on the disk when this returns 0. */
    public long fdatasync(int fd) {
        return syscalls.call(SyscallNumber.FDATASYNC, fd, 0, 0);
    }

    /** fallocate(2) with {@code FALLOC_FL_*} bits; {@code -EOPNOTSUPP} where the file system can not. */
    public long fallocate(int fd, int mode, long offset, long length) {
        return syscalls.call(SyscallNumber.FALLOCATE, fd, mode, offset, length, 0, 0);
    }

    /** Tells a block device that it may forget a range; offset and length are multiples of its block size. */
    public long discard(int fd, long offset, long length) {
        return onRange(BLKDISCARD, fd, offset, length);
    }

    /** Has a block device write zeroes; offset and length are multiples of its block size. */
    public long zeroOut(int fd, long offset, long length) {
        return onRange(BLKZEROOUT, fd, offset, length);
    }

    private long onRange(int request, int fd, long offset, long length) {
        range.putLong(0, offset);
        range.putLong(Long.BYTES, length);
        return syscalls.call(SyscallNumber.IOCTL, fd, request, rangeAddress);
    }
}
