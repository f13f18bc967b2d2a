package dev.jvmm.memory;

import dev.jvmm.linux.Mapping;

/**
 * Memory in the guest's physical space that is not its RAM: a file's bytes, as persistent memory is made of. Devices reach it as they
 * reach RAM, but for their queues. Any thread; {@link MemoryWindows#place} makes one.
 *
 * <p>Its pages come from somewhere that can fail: a file is cut short, a disk is full. Whoever keeps the window hears of it, and has the
 * chance to put something else there.
 */
public final class MemoryWindow implements AutoCloseable {
    /** What is behind a window, where an access of the guest's failed. */
    public interface Keeper {
        /**
         * Looks whether the host can still supply the window's pages, and does what can be done where it can not. Called on a vCPU's
         * thread, by several at once as may be.
         *
         * @param offset of the page that is missing, in bytes; {@link #SOMEWHERE} when nobody knows, and it may be in another window
         */
        Verdict missing(long offset);
    }

    /** Puts something behind a new window's memory. */
    public interface Filler {
        /**
         * Called once, before the window can be seen; the memory is zeroes.
         *
         * @throws dev.jvmm.linux.SystemCallException when the host refuses
         */
        void fill(Mapping mapping);
    }

    /** That an access failed, but not where. */
    public static final long SOMEWHERE = -1;

    /** What a {@link Keeper} found. */
    public enum Verdict {
        /** Nothing is missing here, as far as one can see. */
        WHOLE,
        /** Something was missing, and is not any more: the access can be made again. */
        MENDED,
        /** The guest can not go on with this. */
        LOST
    }

    private final MemoryWindows all;
    private final Mapping mapping;
    private final int slot;
    private final boolean readOnly;
    private final String name;
    private final Keeper keeper;
    private volatile long address;

    /** Whether the guest may know the address by now; guarded by {@link #all}. */
    boolean settled;

    MemoryWindow(MemoryWindows all, Mapping mapping, int slot, boolean readOnly, String name, Keeper keeper) {
        this.all = all;
        this.mapping = mapping;
        this.slot = slot;
        this.readOnly = readOnly;
        this.name = name;
        this.keeper = keeper;
    }

    /** The KVM memory slot; no other window and no RAM has it. */
    public int slot() {
        return slot;
    }

    /** Whether the guest's own writes are ignored. */
    public boolean readOnly() {
        return readOnly;
    }

    /** For messages: what is here, and which file. */
    public String name() {
        return name;
    }

    /** The host's side. */
    public Mapping mapping() {
        return mapping;
    }

    /** Guest-physical, in bytes. */
    public long address() {
        return address;
    }

    void settleAt(long where) {
        address = where;
    }

    /** Bytes, whole pages. */
    public long size() {
        return mapping.size();
    }

    /** The first guest-physical address behind it. */
    public long end() {
        return address + size();
    }

    /** As {@link MemoryRegion#contains}. */
    public boolean contains(long at, long length) {
        long offset = at - address;
        return at >= address && length >= 0 && offset <= size() && length <= size() - offset;
    }

    /** As {@link Keeper#missing}. */
    public Verdict missing(long offset) {
        return keeper.missing(offset);
    }

    /**
     * Moves it to where a saved machine had it, before the guest runs. Windows in the way that did not move yet make room.
     *
     * @throws IllegalArgumentException when it can not be there, saying why
     */
    public void moveTo(long where) {
        all.move(this, where);
    }

    /** Takes it out of the guest's physical space. What is still under way on its memory goes nowhere. */
    @Override
    public void close() {
        all.remove(this);
    }
}
