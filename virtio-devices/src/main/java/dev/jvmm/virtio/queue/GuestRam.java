package dev.jvmm.virtio.queue;

import dev.jvmm.linux.Mapping;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.GuestMemoryException;
import dev.jvmm.memory.MemoryRegion;
import dev.jvmm.memory.MemoryWindow;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Guest RAM as devices reach it, and the machine's {@linkplain MemoryWindow memory windows}: by guest-physical address, little-endian, each
 * access checked and none of them allocating. Any thread; the guest changes the bytes at any time. One serves all devices of a machine.
 *
 * <p>A read reads once. Aligned 16-, 32- and 64-bit accesses are not torn.
 *
 * <p>Where the host can not supply a window's page any more, an access ends in an {@link InternalError}, and the kernel's in
 * {@code EFAULT}; queues are in RAM alone.
 */
public final class GuestRam {
    private final GuestMemory memory;
    private final Piece[] ram;

    /** As of when somebody last looked for one; replaced when there are others. */
    private volatile Windows windows = new Windows(List.of());

    /** What lies together. */
    private static final class Piece {
        /** A view begins at each GiB and reaches over the next one, so no access of up to a GiB needs two. */
        static final int SHIFT = 30;

        static final int MASK = (1 << SHIFT) - 1;

        final long start;
        final long size;
        final long host;
        final ByteBuffer[] views;

        Piece(long start, Mapping mapping) {
            this.start = start;
            size = mapping.size();
            host = mapping.address();
            views = new ByteBuffer[(int) (size - 1 >>> SHIFT) + 1];
            for (int i = 0; i < views.length; i++) {
                long at = (long) i << SHIFT;
                views[i] = mapping.view(at, (int) Math.min(Integer.MAX_VALUE, size - at));
            }
        }

        /** As {@link MemoryRegion#contains}. */
        boolean contains(long address, long length) {
            return address >= start && length >= 0 && length <= size - (address - start);
        }

        ByteBuffer view(long address) {
            return views[(int) (address - start >>> SHIFT)];
        }

        int position(long address) {
            return (int) (address - start) & MASK;
        }
    }

    /** The pieces that windows are. */
    private static final class Windows {
        final List<MemoryWindow> placed;
        final Piece[] pieces;

        Windows(List<MemoryWindow> placed) {
            this.placed = placed;
            pieces = new Piece[placed.size()];
            for (int i = 0; i < pieces.length; i++) {
                pieces[i] = new Piece(placed.get(i).address(), placed.get(i).mapping());
            }
        }
    }

    /** The most bytes that are copied at once. */
    private static final int CHUNK = Piece.MASK;

    /** Looks into this memory, which must not be closed while a device is at work on it. */
    public GuestRam(GuestMemory memory) {
        this.memory = memory;
        List<MemoryRegion> regions = memory.regions();
        ram = new Piece[regions.size()];
        for (int i = 0; i < ram.length; i++) {
            ram[i] = new Piece(regions.get(i).start(), regions.get(i).mapping());
        }
    }

    /** The memory behind it. */
    public GuestMemory memory() {
        return memory;
    }

    /** Whether the bytes are RAM of one region, or lie in one window. */
    public boolean contains(long address, long length) {
        return find(address, length) != null;
    }

    /** Whether the bytes are RAM of one region: the one kind of memory that is there for good. */
    public boolean isRam(long address, long length) {
        return findRam(address, length) != null;
    }

    /** Null for none: every access comes through here. */
    private Piece findRam(long address, long length) {
        for (int i = 0; i < ram.length; i++) {
            if (ram[i].contains(address, length)) {
                return ram[i];
            }
        }
        return null;
    }

    private Piece find(long address, long length) {
        Piece piece = findRam(address, length);
        if (piece != null) {
            return piece;
        }
        Piece[] pieces = windows().pieces;
        for (int i = 0; i < pieces.length; i++) {
            if (pieces[i].contains(address, length)) {
                return pieces[i];
            }
        }
        return null;
    }

    private Windows windows() {
        List<MemoryWindow> placed = memory.windows().placed();
        Windows known = windows;
        if (known.placed != placed) {
            known = new Windows(placed);
            windows = known;
        }
        return known;
    }

    private Piece piece(long address, long length) {
        Piece piece = find(address, length);
        if (piece == null) {
            throw new GuestMemoryException(address, length);
        }
        return piece;
    }

    /**
     * Where the bytes lie in this process, for calls of the kernel. They stay there until the memory is closed.
     *
     * @throws GuestMemoryException when they are not RAM of one region, and not in one window
     */
    public long hostAddress(long address, long length) {
        Piece piece = piece(address, length);
        return piece.host + (address - piece.start);
    }

    /** A view of exactly these bytes; allocates. */
    public ByteBuffer view(long address, int length) {
        return memory.view(address, length);
    }

    /** 8 bits, 0 to 255. */
    public int int8(long address) {
        Piece piece = piece(address, Byte.BYTES);
        return piece.view(address).get(piece.position(address)) & 0xFF;
    }

    /** 16 bits, 0 to 65535. */
    public int int16(long address) {
        Piece piece = piece(address, Short.BYTES);
        return piece.view(address).getShort(piece.position(address)) & 0xFFFF;
    }

    /** 32 bits. */
    public int int32(long address) {
        Piece piece = piece(address, Integer.BYTES);
        return piece.view(address).getInt(piece.position(address));
    }

    /** 64 bits. */
    public long int64(long address) {
        Piece piece = piece(address, Long.BYTES);
        return piece.view(address).getLong(piece.position(address));
    }

    /** Writes the low 8 bits. */
    public void putInt8(long address, int value) {
        Piece piece = piece(address, Byte.BYTES);
        piece.view(address).put(piece.position(address), (byte) value);
    }

    /** Writes the low 16 bits. */
    public void putInt16(long address, int value) {
        Piece piece = piece(address, Short.BYTES);
        piece.view(address).putShort(piece.position(address), (short) value);
    }

    /** Writes 32 bits. */
    public void putInt32(long address, int value) {
        Piece piece = piece(address, Integer.BYTES);
        piece.view(address).putInt(piece.position(address), value);
    }

    /** Writes 64 bits. */
    public void putInt64(long address, long value) {
        Piece piece = piece(address, Long.BYTES);
        piece.view(address).putLong(piece.position(address), value);
    }

    /** Copies guest memory out. */
    public void read(long address, byte[] into, int offset, int length) {
        Piece piece = piece(address, length);
        for (int done = 0; done < length;) {
            int chunk = Math.min(CHUNK, length - done);
            piece.view(address + done).get(piece.position(address + done), into, offset + done, chunk);
            done += chunk;
        }
    }

    /** Copies guest memory out, to an index of the buffer, whose position stays. */
    public void read(long address, ByteBuffer into, int index, int length) {
        Piece piece = piece(address, length);
        for (int done = 0; done < length;) {
            int chunk = Math.min(CHUNK, length - done);
            ByteBuffer view = piece.view(address + done);
            into.put(index + done, view, piece.position(address + done), chunk);
            done += chunk;
        }
    }

    /** Copies into guest memory. */
    public void write(long address, byte[] from, int offset, int length) {
        Piece piece = piece(address, length);
        for (int done = 0; done < length;) {
            int chunk = Math.min(CHUNK, length - done);
            piece.view(address + done).put(piece.position(address + done), from, offset + done, chunk);
            done += chunk;
        }
    }

    /** Copies into guest memory, from an index of the buffer, whose position stays. */
    public void write(long address, ByteBuffer from, int index, int length) {
        Piece piece = piece(address, length);
        for (int done = 0; done < length;) {
            int chunk = Math.min(CHUNK, length - done);
            piece.view(address + done).put(piece.position(address + done), from, index + done, chunk);
            done += chunk;
        }
    }
}
