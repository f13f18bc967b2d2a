package dev.jvmm.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * Which pages of this process's address space hold something, from {@code /proc/self/pagemap}. One thread at a time.
 *
 * @see <a href="https://docs.kernel.org/admin-guide/mm/pagemap.html">pagemap, from the userspace perspective</a>
 */
public final class PageMap implements AutoCloseable {
    private static final String PATH = "/proc/self/pagemap";
    private static final long PAGE_SIZE = 4096;
    private static final long PRESENT = 1L << 63;
    private static final long SWAPPED = 1L << 62;

    /** The page is of a file or of shared memory; not set for a private mapping's own copy of a file's page. */
    private static final long OF_FILE = 1L << 61;

    private final FileDescriptor file;
    private final ByteBuffer entries;
    private int count;

    private PageMap(FileDescriptor file, int window) {
        this.file = file;
        this.entries = NativeBuffers.allocate(Math.multiplyExact(window, Long.BYTES));
    }

    /**
     * Opens it.
     *
     * @param window how many pages {@link #load} takes at most
     * @throws SystemCallException when {@code /proc} is not there or hidden
     */
    public static PageMap open(int window) {
        return new PageMap(FileDescriptor.open(PATH, FileDescriptor.O_RDONLY), window);
    }

    /**
     * Looks at pages that follow each other.
     *
     * @param address of the first page in this process
     * @param pages how many, at most the window
     */
    public void load(long address, int pages) {
        entries.clear().limit(Math.multiplyExact(pages, Long.BYTES));
        long at = address / PAGE_SIZE * Long.BYTES;
        while (entries.hasRemaining()) {
            long done = file.call(SyscallNumber.PREAD64, NativeBuffers.address(entries) + entries.position(),
                    entries.remaining(), at + entries.position());
            Reference.reachabilityFence(entries);
            SystemCallException.check("read of " + PATH, done == 0 ? -Errno.EIO : done);
            entries.position(entries.position() + (int) done);
        }
        count = pages;
    }

    private long entry(int page) {
        if (page < 0 || page >= count) {
            throw new IndexOutOfBoundsException(page);
        }
        return entries.getLong(page * Long.BYTES);
    }

    /** Whether a page of those loaded was ever touched, by this process or by the kernel for it; swapped-out pages count. */
    public boolean touched(int page) {
        return (entry(page) & (PRESENT | SWAPPED)) != 0;
    }

    /** Whether a page of a private mapping of a file is the mapping's own by now, and the file's no more. */
    public boolean copied(int page) {
        long entry = entry(page);
        return (entry & SWAPPED) != 0 || (entry & (PRESENT | OF_FILE)) == PRESENT;
    }

    @Override
    public void close() {
        file.close();
    }
}
