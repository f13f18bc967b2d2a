package dev.jvmm.memory;

import dev.jvmm.linux.DiskStatus;
import dev.jvmm.linux.Errno;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.Mapping;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.state.StateException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The guest's RAM, and the {@linkplain MemoryWindow windows} above it. Every access names a guest-physical address and a length and is
 * checked against the regions; nothing hands out memory beyond a region. All methods may be called from any thread; the guest changes the
 * bytes at any time.
 */
public final class GuestMemory implements AutoCloseable {
    private static final long HUGE_PAGE = 2L << 20;

    private final List<MemoryRegion> regions;
    private final List<Backing> backings;
    private final long size;
    private final MemoryWindows windows;

    private GuestMemory(List<MemoryRegion> regions, List<Backing> backings) {
        this.regions = List.copyOf(regions);
        this.backings = List.copyOf(backings);
        long bytes = 0;
        for (MemoryRegion region : regions) {
            bytes += region.size();
        }
        this.size = bytes;
        this.windows = new MemoryWindows(regions.getLast().end());
    }

    /**
     * Takes RAM from the host and lays it out around the device hole.
     *
     * @throws IllegalArgumentException when the size is not a multiple of a page or out of range
     * @throws SystemCallException when the host refuses
     */
    public static GuestMemory allocate(MemoryOptions options) {
        checkSize(options);
        List<Backing> backings = new ArrayList<>(2);
        try {
            backings.add(options.shared() ? memfd(options, lowSize(options)) : Backing.ZEROES);
            if (options.size() > lowSize(options)) {
                backings.add(options.shared() ? memfd(options, options.size() - lowSize(options)) : Backing.ZEROES);
            }
            return layOut(options, backings);
        } catch (SystemCallException e) {
            close(backings);
            throw e;
        }
    }

    /**
     * Maps a memory file copy-on-write: the guest begins with its bytes, which are read as they are needed, and writes to pages of
     * its own. The file holds the regions one after the other in ascending order of address, and nobody may write to it or cut it
     * short as long as this memory exists.
     *
     * @param file open for reading; this memory closes it, also when this call fails
     * @param options neither shared nor huge pages
     * @throws StateException when the file is not of the memory's size
     * @throws IllegalArgumentException when the options are not possible
     * @throws SystemCallException when the host refuses
     */
    public static GuestMemory ofFile(FileDescriptor file, MemoryOptions options) {
        try {
            checkSize(options);
            if (options.shared() || options.hugepages()) {
                throw new IllegalArgumentException(
                        "memory that begins as a file's copy is neither shared nor of huge pages");
            }
            long found = DiskStatus.sizeOf(file, DiskStatus.Kind.REGULAR);
            if (found != options.size()) {
                throw new StateException("the memory file has " + found + " bytes, and the guest " + options.size());
            }
            List<Backing> backings = new ArrayList<>(2);
            backings.add(new Backing(Optional.of(file), 0, false));
            if (options.size() > lowSize(options)) {
                backings.add(new Backing(Optional.of(file), lowSize(options), false));
            }
            return layOut(options, backings);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static long lowSize(MemoryOptions options) {
        return Math.min(options.size(), AddressMap.DEVICE_HOLE_START);
    }

    private static Backing memfd(MemoryOptions options, long size) {
        return new Backing(Optional.of(Mapping.memfd("jvmm-ram", size, options.hugepages())), 0, true);
    }

    private static GuestMemory layOut(MemoryOptions options, List<Backing> backings) {
        long low = lowSize(options);
        List<MemoryRegion> regions = new ArrayList<>(2);
        try {
            regions.add(new MemoryRegion(0, 0, map(options, low, backings.get(0))));
            if (options.size() > low) {
                Mapping above = map(options, options.size() - low, backings.get(1));
                regions.add(new MemoryRegion(1, AddressMap.RAM_ABOVE_4G, above));
            }
        } catch (SystemCallException e) {
            regions.forEach(region -> region.mapping().close());
            throw e;
        }
        return new GuestMemory(regions, backings);
    }

    private static void close(List<Backing> backings) {
        for (int i = 0; i < backings.size(); i++) {
            backings.get(i).close();
        }
    }

    private static void checkSize(MemoryOptions options) {
        long size = options.size();
        if (size < AddressMap.MIN_RAM || size > AddressMap.MAX_RAM) {
            throw new IllegalArgumentException("guest memory of " + size + " bytes: give between 1 MiB and 4 TiB");
        }
        long unit = options.hugepages() ? HUGE_PAGE : AddressMap.PAGE_SIZE;
        if (size % unit != 0) {
            throw new IllegalArgumentException(
                    "guest memory of " + size + " bytes is not a multiple of " + unit + " bytes, the page size in use");
        }
    }

    private static Mapping map(MemoryOptions options, long size, Backing backing) {
        Mapping mapping = backing.file().isPresent()
                ? mapFile(options, size, backing, backing.file().get())
                : Mapping.anonymous(size, reserve(options) | (options.hugepages() ? Mapping.MAP_HUGETLB : 0));
        if (options.mergeable()) {
            long advised = mapping.advise(Mapping.MADV_MERGEABLE);
            if (advised < 0 && advised != -Errno.EINVAL) {
                mapping.close();
                throw new SystemCallException("madvise(MADV_MERGEABLE)", (int) -advised);
            }
        }
        return mapping;
    }

    private static Mapping mapFile(MemoryOptions options, long size, Backing backing, FileDescriptor file) {
        int flags = (backing.shared() ? Mapping.MAP_SHARED : Mapping.MAP_PRIVATE) | reserve(options);
        return Mapping.map(size, Mapping.PROT_READ | Mapping.PROT_WRITE, flags, file.number(), backing.offset());
    }

    /** Huge pages are reserved at once: a pool that runs dry later would be a SIGBUS. Others may be overcommitted. */
    private static int reserve(MemoryOptions options) {
        int flags = options.hugepages() ? 0 : Mapping.MAP_NORESERVE;
        return options.prefault() ? flags | Mapping.MAP_POPULATE : flags;
    }

    /** The regions in ascending order of address. */
    public List<MemoryRegion> regions() {
        return regions;
    }

    /** All RAM in bytes. */
    public long size() {
        return size;
    }

    /** What the guest's physical space has besides RAM. */
    public MemoryWindows windows() {
        return windows;
    }

    /** Whether the bytes are RAM of one region, or lie in one window. */
    public boolean contains(long address, long length) {
        if (region(address, length) >= 0) {
            return true;
        }
        List<MemoryWindow> placed = windows.placed();
        for (int i = 0; i < placed.size(); i++) {
            if (placed.get(i).contains(address, length)) {
                return true;
            }
        }
        return false;
    }

    private int region(long address, long length) {
        for (int i = 0; i < regions.size(); i++) {
            if (regions.get(i).contains(address, length)) {
                return i;
            }
        }
        return -1;
    }

    /**
     * A segment of exactly these bytes, valid until this memory is closed.
     *
     * @throws GuestMemoryException when they are not RAM of one region, and not in one window
     */
    public MemorySegment slice(long address, long length) {
        int index = region(address, length);
        if (index >= 0) {
            MemoryRegion region = regions.get(index);
            return region.mapping().segment().asSlice(address - region.start(), length);
        }
        for (MemoryWindow window : windows.placed()) {
            if (window.contains(address, length)) {
                return window.mapping().segment().asSlice(address - window.address(), length);
            }
        }
        throw new GuestMemoryException(address, length);
    }

    /** As {@link #slice}, as a little-endian buffer; its position is 0. */
    public ByteBuffer view(long address, int length) {
        return slice(address, length).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Copies an array into guest memory. */
    public void write(long address, byte[] bytes) {
        view(address, bytes.length).put(bytes);
    }

    /** Copies guest memory into a new array. */
    public byte[] read(long address, int length) {
        ByteBuffer view = view(address, length);
        byte[] bytes = new byte[length];
        view.get(bytes);
        return bytes;
    }

    /** Walks over what is not zero, for a snapshot. The walker is closed before this memory is. */
    public DataPages dataPages() {
        return new DataPages(regions, backings);
    }

    /**
     * Gives pages back to the host. The guest finds zeroes there, or what the file says that its memory began with; what the host has
     * under way on them is lost.
     *
     * @param address a multiple of the page size, as is the length
     * @return 0, or the negated errno: {@code -EINVAL} for less than a huge page of memory that consists of such
     * @throws GuestMemoryException when they are not RAM of one region
     */
    public long discard(long address, long length) {
        int index = region(address, length);
        if (index < 0) {
            throw new GuestMemoryException(address, length);
        }
        MemoryRegion region = regions.get(index);
        boolean shared = backings.get(index).shared();
        int advice = shared ? Mapping.MADV_REMOVE : Mapping.MADV_DONTNEED;
        return region.mapping().advise(advice, address - region.start(), length);
    }

    /** Unmaps everything; no vCPU may be running and no device may have requests under way. */
    @Override
    public void close() {
        windows.close();
        for (MemoryRegion region : regions) {
            region.mapping().close();
        }
        close(backings);
    }
}
