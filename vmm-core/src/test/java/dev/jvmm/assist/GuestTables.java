package dev.jvmm.assist;

import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;

/** A guest's memory with 4-level page tables in it; neighbours in linear space are strangers in physical space. */
final class GuestTables implements AutoCloseable {
    static final long PRESENT = 1;
    static final long WRITABLE = 2;
    static final long USER = 4;
    static final long ACCESSED = 1 << 5;
    static final long DIRTY = 1 << 6;
    static final long LARGE = 1 << 7;
    static final long NO_EXECUTE = 1L << 63;
    static final long ROOT = 0x1000;

    private static final long SIZE = 2L << 20;

    final GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(SIZE));
    private long nextTable = ROOT + 4096;
    private long nextPage = SIZE;

    /** A fresh page of RAM, below the one given out before. */
    long page() {
        nextPage -= 4096;
        return nextPage;
    }

    /** Maps one page to a fresh one and returns its guest-physical address. */
    long map(long linear, long flags) {
        long physical = page();
        entry(linear, physical | flags);
        return physical;
    }

    /** Sets the lowest-level entry of a page; the levels above allow everything. */
    void entry(long linear, long value) {
        memory.view(entryAddress(linear), 8).putLong(0, value);
    }

    /** Where the lowest-level entry of a page lies. */
    long entryAddress(long linear) {
        long table = ROOT;
        for (int shift = 39; shift > 12; shift -= 9) {
            long at = table + (linear >>> shift & 0x1FF) * 8;
            long value = memory.view(at, 8).getLong(0);
            if ((value & PRESENT) == 0) {
                value = nextTable | PRESENT | WRITABLE | USER;
                nextTable += 4096;
                memory.view(at, 8).putLong(0, value);
            }
            table = value & 0x000F_FFFF_FFFF_F000L;
        }
        return table + (linear >>> 12 & 0x1FF) * 8;
    }

    long entryOf(long linear) {
        return memory.view(entryAddress(linear), 8).getLong(0);
    }

    /** Copies bytes to where their linear address is mapped, whatever the rights. */
    void write(long linear, byte[] bytes) {
        for (int done = 0; done < bytes.length;) {
            long at = linear + done;
            int part = (int) Math.min(bytes.length - done, 4096 - (at & 4095));
            byte[] piece = java.util.Arrays.copyOfRange(bytes, done, done + part);
            memory.write((entryOf(at) & 0x000F_FFFF_FFFF_F000L) + (at & 4095), piece);
            done += part;
        }
    }

    byte[] read(long linear, int length) {
        byte[] bytes = new byte[length];
        for (int done = 0; done < length;) {
            long at = linear + done;
            int part = (int) Math.min(length - done, 4096 - (at & 4095));
            byte[] piece = memory.read((entryOf(at) & 0x000F_FFFF_FFFF_F000L) + (at & 4095), part);
            System.arraycopy(piece, 0, bytes, done, part);
            done += part;
        }
        return bytes;
    }

    @Override
    public void close() {
        memory.close();
    }
}
