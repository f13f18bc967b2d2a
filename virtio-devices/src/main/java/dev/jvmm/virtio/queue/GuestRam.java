package dev.jvmm.virtio.queue;

import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.GuestMemoryException;
import dev.jvmm.memory.MemoryRegion;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Guest RAM as devices reach it: by guest-physical address, little-endian, each access checked and none of them allocating. Any thread;
 * the guest changes the bytes at any time. One serves all devices of a machine.
 *
 * <p>A read reads once. Aligned 16-, 32- and 64-bit accesses are not torn.
 */
public final class GuestRam {
    /** A window begins at each GiB of a region and reaches over the next one, so no access of up to a GiB needs two. */
    private static final int WINDOW_SHIFT = 30;

    private static final int WINDOW_MASK = (1 << WINDOW_SHIFT) - 1;

    /** The most bytes that are copied at once. */
    private static final int CHUNK = WINDOW_MASK;

    private final GuestMemory memory;

    /** Of each region: its first guest-physical address, its bytes, its address in this process. */
    private final long[] starts;

    private final long[] sizes;
    private final long[] hosts;
    private final ByteBuffer[][] windows;

    /** Looks into this memory, which must not be closed while a device is at work on it. */
    public GuestRam(GuestMemory memory) {
        this.memory = memory;
        List<MemoryRegion> regions = memory.regions();
        starts = new long[regions.size()];
        sizes = new long[starts.length];
        hosts = new long[starts.length];
        windows = new ByteBuffer[starts.length][];
        for (int i = 0; i < starts.length; i++) {
            MemoryRegion region = regions.get(i);
            starts[i] = region.start();
            sizes[i] = region.size();
            hosts[i] = region.mapping().address();
            windows[i] = windows(region);
        }
    }

    private static ByteBuffer[] windows(MemoryRegion region) {
        long size = region.size();
        ByteBuffer[] windows = new ByteBuffer[(int) (size - 1 >>> WINDOW_SHIFT) + 1];
        for (int i = 0; i < windows.length; i++) {
            long start = (long) i << WINDOW_SHIFT;
            windows[i] = region.mapping().view(start, (int) Math.min(Integer.MAX_VALUE, size - start));
        }
        return windows;
    }

    /** The memory behind it. */
    public GuestMemory memory() {
        return memory;
    }

    /** Whether the bytes are RAM of one region. */
    public boolean contains(long address, long length) {
        return find(address, length) >= 0;
    }

    /** As {@link MemoryRegion#contains}, over plain arrays: every access comes through here. */
    private int find(long address, long length) {
        for (int i = 0; i < starts.length; i++) {
            long start = starts[i];
            if (address >= start && length >= 0 && length <= sizes[i] - (address - start)) {
                return i;
            }
        }
        return -1;
    }

    private int regionOf(long address, long length) {
        int region = find(address, length);
        if (region < 0) {
            throw new GuestMemoryException(address, length);
        }
        return region;
    }

    /**
     * Where the bytes lie in this process, for calls of the kernel. They stay there until the memory is closed.
     *
     * @throws GuestMemoryException when they are not RAM of one region
     */
    public long hostAddress(long address, long length) {
        int region = regionOf(address, length);
        return hosts[region] + (address - starts[region]);
    }

    /** A view of exactly these bytes; allocates. */
    public ByteBuffer view(long address, int length) {
        return memory.view(address, length);
    }

    private ByteBuffer window(int region, long address) {
        return windows[region][(int) (address - starts[region] >>> WINDOW_SHIFT)];
    }

    private int position(int region, long address) {
        return (int) (address - starts[region]) & WINDOW_MASK;
    }

    /** 8 bits, 0 to 255. */
    public int int8(long address) {
        int region = regionOf(address, Byte.BYTES);
        return window(region, address).get(position(region, address)) & 0xFF;
    }

    /** 16 bits, 0 to 65535. */
    public int int16(long address) {
        int region = regionOf(address, Short.BYTES);
        return window(region, address).getShort(position(region, address)) & 0xFFFF;
    }

    /** 32 bits. */
    public int int32(long address) {
        int region = regionOf(address, Integer.BYTES);
        return window(region, address).getInt(position(region, address));
    }

    /** 64 bits. */
    public long int64(long address) {
        int region = regionOf(address, Long.BYTES);
        return window(region, address).getLong(position(region, address));
    }

    /** Writes the low 8 bits. */
    public void putInt8(long address, int value) {
        int region = regionOf(address, Byte.BYTES);
        window(region, address).put(position(region, address), (byte) value);
    }

    /** Writes the low 16 bits. */
    public void putInt16(long address, int value) {
        int region = regionOf(address, Short.BYTES);
        window(region, address).putShort(position(region, address), (short) value);
    }

    /** Writes 32 bits. */
    public void putInt32(long address, int value) {
        int region = regionOf(address, Integer.BYTES);
        window(region, address).putInt(position(region, address), value);
    }

    /** Writes 64 bits. */
    public void putInt64(long address, long value) {
        int region = regionOf(address, Long.BYTES);
        window(region, address).putLong(position(region, address), value);
    }

    /** Copies guest memory out. */
    public void read(long address, byte[] into, int offset, int length) {
        int region = regionOf(address, length);
        for (int done = 0; done < length;) {
            int chunk = Math.min(CHUNK, length - done);
            window(region, address + done).get(position(region, address + done), into, offset + done, chunk);
            done += chunk;
        }
    }

    /** Copies guest memory out, to an index of the buffer, whose position stays. */
    public void read(long address, ByteBuffer into, int index, int length) {
        int region = regionOf(address, length);
        for (int done = 0; done < length;) {
            int chunk = Math.min(CHUNK, length - done);
            ByteBuffer window = window(region, address + done);
            into.put(index + done, window, position(region, address + done), chunk);
            done += chunk;
        }
    }

    /** Copies into guest memory. */
    public void write(long address, byte[] from, int offset, int length) {
        int region = regionOf(address, length);
        for (int done = 0; done < length;) {
            int chunk = Math.min(CHUNK, length - done);
            window(region, address + done).put(position(region, address + done), from, offset + done, chunk);
            done += chunk;
        }
    }

    /** Copies into guest memory, from an index of the buffer, whose position stays. */
    public void write(long address, ByteBuffer from, int index, int length) {
        int region = regionOf(address, length);
        for (int done = 0; done < length;) {
            int chunk = Math.min(CHUNK, length - done);
            window(region, address + done).put(position(region, address + done), from, index + done, chunk);
            done += chunk;
        }
    }
}
