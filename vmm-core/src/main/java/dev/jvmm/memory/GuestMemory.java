package dev.jvmm.memory;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.Mapping;
import dev.jvmm.linux.SystemCallException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The guest's RAM. Every access names a guest-physical address and a length and is checked against the regions; nothing
 * hands out memory beyond a region. All methods may be called from any thread; the guest changes the bytes at any time.
 */
public final class GuestMemory implements AutoCloseable {
    private static final long HUGE_PAGE = 2L << 20;

    private final List<MemoryRegion> regions;
    private final long size;

    private GuestMemory(List<MemoryRegion> regions) {
        this.regions = List.copyOf(regions);
        long bytes = 0;
        for (MemoryRegion region : regions) {
            bytes += region.size();
        }
        this.size = bytes;
    }

    /**
     * Takes RAM from the host and lays it out around the device hole.
     *
     * @throws IllegalArgumentException when the size is not a multiple of a page or out of range
     * @throws SystemCallException when the host refuses
     */
    public static GuestMemory allocate(MemoryOptions options) {
        long size = options.size();
        checkSize(options);
        long low = Math.min(size, AddressMap.DEVICE_HOLE_START);
        List<MemoryRegion> regions = new ArrayList<>(2);
        try {
            regions.add(new MemoryRegion(0, 0, map(options, low)));
            if (size > low) {
                regions.add(new MemoryRegion(1, AddressMap.RAM_ABOVE_4G, map(options, size - low)));
            }
        } catch (SystemCallException e) {
            regions.forEach(region -> region.mapping().close());
            throw e;
        }
        return new GuestMemory(regions);
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

    private static Mapping map(MemoryOptions options, long size) {
        Mapping mapping = options.shared() ? mapShared(options, size) : mapPrivate(options, size);
        if (options.mergeable()) {
            long advised = mapping.advise(Mapping.MADV_MERGEABLE);
            if (advised < 0 && advised != -Errno.EINVAL) {
                mapping.close();
                throw new SystemCallException("madvise(MADV_MERGEABLE)", (int) -advised);
            }
        }
        return mapping;
    }

    private static Mapping mapShared(MemoryOptions options, long size) {
        try (FileDescriptor memfd = Mapping.memfd("jvmm-ram", size, options.hugepages())) {
            int flags = Mapping.MAP_SHARED | reserve(options);
            return Mapping.map(size, Mapping.PROT_READ | Mapping.PROT_WRITE, flags, memfd.number(), 0);
        }
    }

    private static Mapping mapPrivate(MemoryOptions options, long size) {
        return Mapping.anonymous(size, reserve(options) | (options.hugepages() ? Mapping.MAP_HUGETLB : 0));
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

    /** Whether the bytes are RAM of one region. */
    public boolean contains(long address, long length) {
        for (int i = 0; i < regions.size(); i++) {
            if (regions.get(i).contains(address, length)) {
                return true;
            }
        }
        return false;
    }

    private MemoryRegion regionOf(long address, long length) {
        for (int i = 0; i < regions.size(); i++) {
            MemoryRegion region = regions.get(i);
            if (region.contains(address, length)) {
                return region;
            }
        }
        throw new GuestMemoryException(address, length);
    }

    /**
     * A segment of exactly these bytes, valid until this memory is closed.
     *
     * @throws GuestMemoryException when they are not RAM of one region
     */
    public MemorySegment slice(long address, long length) {
        MemoryRegion region = regionOf(address, length);
        return region.mapping().segment().asSlice(address - region.start(), length);
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

    /** Unmaps everything; no vCPU may be running and no device may have requests under way. */
    @Override
    public void close() {
        for (MemoryRegion region : regions) {
            region.mapping().close();
        }
    }
}
