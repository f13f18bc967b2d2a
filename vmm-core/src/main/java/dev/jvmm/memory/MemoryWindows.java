package dev.jvmm.memory;

import dev.jvmm.linux.Mapping;
import dev.jvmm.linux.SystemCallException;
import java.util.ArrayList;
import java.util.List;

/**
 * The windows of a machine's memory, above its RAM. Any thread.
 *
 * <p>The host's memory of a window that is gone stays reserved, without pages, until the machine's memory is closed: a request that a
 * guest had under way may still name it. The next window of its size takes it over.
 */
public final class MemoryWindows {
    /** So that a guest can map windows with its largest pages, and no two share a section of its memory. */
    private static final long ALIGNMENT = 1L << 30;

    /** Slots before these are RAM's. */
    private static final int FIRST_SLOT = 8;

    private final long start;
    private final List<Mapping> retired = new ArrayList<>();
    private final List<Runnable> listeners = new ArrayList<>();
    private WindowSpace space = WindowSpace.NONE;

    /** In ascending order of address; replaced, never changed. */
    private volatile List<MemoryWindow> placed = List.of();

    /** @param ramEnd the first guest-physical address behind RAM */
    MemoryWindows(long ramEnd) {
        start = alignUp(Math.max(ramEnd, AddressMap.RAM_ABOVE_4G));
    }

    private static long alignUp(long address) {
        return (address + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /** Names the space; before there are windows. */
    public synchronized void space(WindowSpace where) {
        space = where;
    }

    /** Those that there are, in ascending order of address: the same list until there are others. */
    public List<MemoryWindow> placed() {
        return placed;
    }

    /** Has somebody hear of windows that come or move, on the thread that brings them and before the guest knows; once. */
    public synchronized void listen(Runnable listener) {
        if (!listeners.contains(listener)) {
            listeners.add(listener);
        }
    }

    /** Ends {@link #listen}. */
    public synchronized void ignore(Runnable listener) {
        listeners.remove(listener);
    }

    /**
     * Adds a window at the first free place.
     *
     * @param size in bytes, a multiple of the page size
     * @param name for messages
     * @throws IllegalArgumentException when there is no room for it
     * @throws SystemCallException when the host refuses
     */
    public synchronized MemoryWindow place(
            long size, boolean readOnly, String name, MemoryWindow.Keeper keeper, MemoryWindow.Filler filler) {
        long address = free(size);
        Mapping mapping = reserve(size);
        MemoryWindow window = new MemoryWindow(this, mapping, freeSlot(), readOnly, name, keeper);
        try {
            filler.fill(mapping);
            put(window, address);
        } catch (RuntimeException e) {
            retire(mapping);
            throw e;
        }
        return window;
    }

    private long free(long size) {
        long at = start;
        for (MemoryWindow window : placed) {
            if (size <= window.address() - at) {
                break;
            }
            at = alignUp(window.end());
        }
        if (size <= 0 || size % AddressMap.PAGE_SIZE != 0 || size > space.end() - at) {
            throw new IllegalArgumentException(size + " bytes do not fit between 0x" + Long.toHexString(at)
                    + " and 0x" + Long.toHexString(space.end()) + ", where the guest's processors can address no more");
        }
        return at;
    }

    private int freeSlot() {
        int slot = FIRST_SLOT;
        for (int i = 0; i < placed.size(); i++) {
            if (placed.get(i).slot() == slot) {
                slot++;
                i = -1;
            }
        }
        return slot;
    }

    private Mapping reserve(long size) {
        for (int i = 0; i < retired.size(); i++) {
            if (retired.get(i).size() == size) {
                return retired.remove(i);
            }
        }
        return Mapping.anonymous(size, Mapping.MAP_NORESERVE);
    }

    /** Makes it empty: the file behind it is let go, and pages with it. */
    private void retire(Mapping mapping) {
        long failed = mapping.replace(0, mapping.size(), Mapping.PROT_READ | Mapping.PROT_WRITE,
                Mapping.MAP_PRIVATE | Mapping.MAP_ANONYMOUS | Mapping.MAP_NORESERVE, -1, 0);
        SystemCallException.check("mmap of " + mapping.size() + " bytes", failed);
        retired.add(mapping);
    }

    private void put(MemoryWindow window, long address) {
        window.settleAt(address);
        List<MemoryWindow> all = new ArrayList<>(placed);
        int at = 0;
        while (at < all.size() && all.get(at).address() < address) {
            at++;
        }
        all.add(at, window);
        space.put(window);
        placed = List.copyOf(all);
        for (int i = 0; i < listeners.size(); i++) {
            listeners.get(i).run();
        }
    }

    private void take(MemoryWindow window) {
        List<MemoryWindow> all = new ArrayList<>(placed);
        all.remove(window);
        placed = List.copyOf(all);
        space.take(window);
    }

    synchronized void remove(MemoryWindow window) {
        if (placed.contains(window)) {
            take(window);
            retire(window.mapping());
        }
    }

    synchronized void move(MemoryWindow window, long where) {
        long size = window.size();
        if (where < start || where % ALIGNMENT != 0 || size > space.end() - where) {
            throw new IllegalArgumentException("0x" + Long.toHexString(where) + " is no place for " + size + " bytes");
        }
        List<MemoryWindow> inTheWay = new ArrayList<>();
        for (MemoryWindow other : placed) {
            if (other != window && other.address() - where < size && where - other.address() < other.size()) {
                if (other.settled) {
                    throw new IllegalArgumentException("0x" + Long.toHexString(where) + " is taken by " + other.name());
                }
                inTheWay.add(other);
            }
        }
        window.settled = true;
        if (window.address() == where) {
            return;
        }
        take(window);
        for (MemoryWindow other : inTheWay) {
            take(other);
        }
        put(window, where);
        for (MemoryWindow other : inTheWay) {
            put(other, free(other.size()));
        }
    }

    /** With the memory itself. */
    synchronized void close() {
        for (MemoryWindow window : placed) {
            window.mapping().close();
        }
        placed = List.of();
        for (Mapping mapping : retired) {
            mapping.close();
        }
        retired.clear();
    }
}
