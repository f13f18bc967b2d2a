package dev.jvmm.linux;

/**
 * Where a sparse file has data, asked in ascending order of offsets. Where the file system does not tell, all of the file is data.
 * Moves the position of the file's descriptor. One thread at a time.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/lseek.2.html">SEEK_DATA and SEEK_HOLE, lseek(2)</a>
 */
public final class FileExtents {
    static final int SEEK_HOLE = 4;

    private final FileDescriptor file;
    private long start;
    private long end;

    /** For a file that stays open. */
    public FileExtents(FileDescriptor file) {
        this.file = file;
    }

    /** Whether the byte at an offset is data, not a hole; offsets do not go back, and lie in the file. */
    public boolean isData(long offset) {
        return nextData(offset) == offset;
    }

    /** The first offset from this one on that is data; {@link Long#MAX_VALUE} where only holes follow. */
    public long nextData(long offset) {
        if (offset >= end) {
            find(offset);
        }
        return Math.max(start, offset);
    }

    private void find(long offset) {
        long data = file.call(SyscallNumber.LSEEK, offset, LocalFile.SEEK_DATA, 0);
        if (data == -Errno.ENXIO) {
            start = Long.MAX_VALUE;
            end = Long.MAX_VALUE;
            return;
        }
        start = data < 0 ? offset : data;
        long hole = data < 0 ? data : file.call(SyscallNumber.LSEEK, data, SEEK_HOLE, 0);
        end = hole < 0 ? Long.MAX_VALUE : hole;
    }
}
