package dev.jvmm.memory;

import dev.jvmm.linux.DiskStatus;
import dev.jvmm.linux.FileExtents;
import dev.jvmm.linux.PageMap;
import dev.jvmm.linux.SystemCallException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Goes through guest memory in ascending order of address and stops at what is not zero, as a snapshot of it needs:
 *
 * <pre>
 * try (DataPages pages = memory.dataPages()) {
 *     while (pages.next()) {
 *         copy pages.length() bytes from pages.address() to pages.fileOffset()
 *     }
 * }
 * </pre>
 *
 * <p>It asks the kernel first and looks only at pages that were touched: of private memory by its page tables, of shared memory by
 * the memfd's holes, of a clone by its file's holes and the pages it has copied. Untouched pages stay so. Nothing is allocated
 * for a page. The machine is paused; one thread.
 */
public final class DataPages implements AutoCloseable {
    /** What {@link #length} is at most. */
    public static final int MAX_RUN = 1 << 20;

    private static final int PAGE = (int) AddressMap.PAGE_SIZE;

    /** Pages that are looked at together, 32 MiB of them. */
    private static final int WINDOW = 8192;

    private final List<MemoryRegion> regions;
    private final List<Backing> backings;
    private final PageMap pageMap;
    private final boolean pagesTold;

    private int region = -1;
    private MemoryRegion current;
    private Backing backing = Backing.ZEROES;
    private FileExtents extents;

    /** The current region's first byte in a file that holds the regions one after the other. */
    private long regionOffset;

    private long windowStart;
    private int windowPages;
    private int page;
    private ByteBuffer window = ByteBuffer.allocate(0);

    private long address;
    private int length;

    DataPages(List<MemoryRegion> regions, List<Backing> backings) {
        this.regions = regions;
        this.backings = backings;
        PageMap map = null;
        try {
            map = PageMap.open(WINDOW);
        } catch (SystemCallException e) {
            // Without /proc every page is looked at: slower, and as right.
        }
        this.pageMap = map;
        this.pagesTold = map != null;
    }

    /**
     * Goes to the next run of pages that are not zero.
     *
     * @return false when there is none
     * @throws GuestMemoryException when the file behind the memory was cut short
     */
    public boolean next() {
        try {
            while (page < windowPages || nextWindow()) {
                if (isData(page)) {
                    takeRun();
                    return true;
                }
                page++;
            }
            return false;
        } catch (InternalError e) {
            // What the JVM makes of a SIGBUS.
            throw GuestMemoryException.cutShort();
        }
    }

    private void takeRun() {
        int first = page;
        do {
            page++;
        } while (page < windowPages && page - first < MAX_RUN / PAGE && isData(page));
        address = current.start() + windowStart + (long) first * PAGE;
        length = (page - first) * PAGE;
    }

    private boolean nextWindow() {
        windowStart += (long) windowPages * PAGE;
        if ((current == null || windowStart >= current.size()) && !nextRegion()) {
            windowPages = 0;
            return false;
        }
        windowPages = (int) Math.min(WINDOW, (current.size() - windowStart) / PAGE);
        page = 0;
        window = current.mapping().view(windowStart, windowPages * PAGE);
        if (pagesTold && !backing.shared()) {
            pageMap.load(current.mapping().address() + windowStart, windowPages);
        }
        return true;
    }

    /** A file cut short looks like one with a hole at its end: asked after the walk, so that a cut during it shows, too. */
    private void checkWhole() {
        if (backing.file().isPresent()) {
            long found = DiskStatus.sizeOf(backing.file().get(), DiskStatus.Kind.REGULAR);
            if (found < backing.offset() + current.size()) {
                throw GuestMemoryException.cutShort();
            }
        }
    }

    private boolean nextRegion() {
        if (current != null) {
            checkWhole();
        }
        if (region + 1 >= regions.size()) {
            return false;
        }
        regionOffset += current == null ? 0 : current.size();
        region++;
        current = regions.get(region);
        backing = backings.get(region);
        extents = backing.file().isPresent() ? new FileExtents(backing.file().get()) : null;
        windowStart = 0;
        return true;
    }

    private boolean isData(int index) {
        return mayBeData(index) && !isZero(index * PAGE);
    }

    private boolean mayBeData(int index) {
        boolean ofFile = extents != null && extents.isData(backing.offset() + windowStart + (long) index * PAGE);
        if (ofFile || backing.shared()) {
            return ofFile;
        }
        if (!pagesTold) {
            return true;
        }
        return extents == null ? pageMap.touched(index) : pageMap.copied(index);
    }

    /** Reads word by word: the JVM's faster ways do not survive a SIGBUS. */
    private boolean isZero(int start) {
        for (int at = start; at < start + PAGE; at += 4 * Long.BYTES) {
            long bits = window.getLong(at) | window.getLong(at + Long.BYTES) | window.getLong(at + 2 * Long.BYTES)
                    | window.getLong(at + 3 * Long.BYTES);
            if (bits != 0) {
                return false;
            }
        }
        return true;
    }

    /** The run's guest-physical address; all of it lies in one region. */
    public long address() {
        return address;
    }

    /** The run's place in a memory file, which holds the regions one after the other. */
    public long fileOffset() {
        return regionOffset + (address - current.start());
    }

    /** Bytes of the run: whole pages, from one to {@link #MAX_RUN}. */
    public int length() {
        return length;
    }

    @Override
    public void close() {
        if (pagesTold) {
            pageMap.close();
        }
    }
}
