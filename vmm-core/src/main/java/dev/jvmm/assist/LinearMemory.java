package dev.jvmm.assist;

import dev.jvmm.memory.GuestMemory;
import java.nio.ByteBuffer;

/**
 * The guest's linear address space as one instruction sees it. Every access is checked whole before its first byte moves,
 * so a fault leaves memory untouched. Addresses are linear: canonical and segment checks come before.
 */
final class LinearMemory {
    /** The longest operand: an XSAVE area of AMX size and more, in pages. */
    private static final int MAX_PAGES = 5;

    private final GuestMemory memory;
    private final PageWalk walk;
    private final long[] pages = new long[MAX_PAGES];
    private CpuState cpu;
    private int userAccess;
    private long addressMask;

    /** The page translated last, to spare an area's many fields a walk each. */
    private long cachedPage;

    private int cachedAccess;
    private long cachedPhysical;

    LinearMemory(GuestMemory memory) {
        this.memory = memory;
        this.walk = new PageWalk(memory);
    }

    /** Begins an instruction of this vCPU: forgets translations, takes the privilege level. */
    void begin(CpuState state) {
        cpu = state;
        userAccess = state.privilegeLevel() == 3 ? PageWalk.USER : 0;
        boolean longMode = (state.efer() & ControlBits.EFER_LMA) != 0 && state.codeIsLong();
        addressMask = longMode ? -1 : 0xFFFF_FFFFL;
        cachedAccess = -1;
    }

    /** Translates {@code length} bytes, at most 16 KiB; fills {@link #pages}. */
    private void translate(long linear, int length, int access) {
        int rights = (access & PageWalk.IMPLICIT) != 0 ? access : access | userAccess;
        int first = (int) (linear & PageWalk.PAGE_SIZE - 1);
        int count = first + length + PageWalk.PAGE_SIZE - 1 >>> 12;
        if (count > MAX_PAGES) {
            throw new BeyondAssist("an operand of " + length + " bytes");
        }
        for (int i = 0; i < count; i++) {
            // the first page's address is the operand's own: it is what #PF reports
            long at = (i == 0 ? linear : linear - first + (long) i * PageWalk.PAGE_SIZE) & addressMask;
            pages[i] = page(at, rights);
        }
    }

    private long page(long at, int access) {
        long page = at & -PageWalk.PAGE_SIZE;
        if (access == cachedAccess && page == cachedPage) {
            return cachedPhysical;
        }
        long physical = walk.translate(cpu, at, access) & -PageWalk.PAGE_SIZE;
        if (!memory.contains(physical, PageWalk.PAGE_SIZE)) {
            throw new BeyondAssist("its operand at 0x" + Long.toHexString(at) + " is not in RAM (guest-physical 0x"
                    + Long.toHexString(physical) + ")");
        }
        cachedPage = page;
        cachedAccess = access;
        cachedPhysical = physical;
        return physical;
    }

    /** Whether all bytes can be written; throws the fault when not. */
    void checkWrite(long linear, int length) {
        translate(linear, length, PageWalk.WRITE);
    }

    /** Whether all bytes can be read; throws the fault when not. */
    void checkRead(long linear, int length) {
        translate(linear, length, PageWalk.READ);
    }

    /** Fetches bytes of code. */
    void fetch(long linear, byte[] into, int offset, int length) {
        translate(linear, length, PageWalk.FETCH);
        int at = (int) (linear & PageWalk.PAGE_SIZE - 1);
        int head = Math.min(length, PageWalk.PAGE_SIZE - at);
        memory.view(pages[0] + at, head).get(into, offset, head);
        if (head < length) {
            memory.view(pages[1], length - head).get(into, offset + head, length - head);
        }
    }

    /** Copies guest bytes into a buffer. */
    void read(long linear, ByteBuffer into, int offset, int length) {
        translate(linear, length, PageWalk.READ);
        int at = (int) (linear & PageWalk.PAGE_SIZE - 1);
        int done = 0;
        for (int i = 0; done < length; i++) {
            int part = Math.min(length - done, PageWalk.PAGE_SIZE - at);
            into.put(offset + done, memory.view(pages[i] + at, part), 0, part);
            done += part;
            at = 0;
        }
    }

    /** Copies bytes of a buffer into the guest. */
    void write(long linear, ByteBuffer from, int offset, int length) {
        translate(linear, length, PageWalk.WRITE);
        int at = (int) (linear & PageWalk.PAGE_SIZE - 1);
        int done = 0;
        for (int i = 0; done < length; i++) {
            int part = Math.min(length - done, PageWalk.PAGE_SIZE - at);
            memory.view(pages[i] + at, part).put(0, from, offset + done, part);
            done += part;
            at = 0;
        }
    }

    /** Reads 1, 2, 4 or 8 bytes, zero-extended. */
    long read(long linear, int size) {
        return read(linear, size, PageWalk.READ);
    }

    /** As above, with the kind of access given. */
    long read(long linear, int size, int access) {
        translate(linear, size, access);
        int at = (int) (linear & PageWalk.PAGE_SIZE - 1);
        if (at <= PageWalk.PAGE_SIZE - size) {
            ByteBuffer view = memory.view(pages[0] + at, size);
            return switch (size) {
                case 1 -> view.get(0) & 0xFF;
                case 2 -> view.getShort(0) & 0xFFFF;
                case 4 -> view.getInt(0) & 0xFFFF_FFFFL;
                default -> view.getLong(0);
            };
        }
        int head = PageWalk.PAGE_SIZE - at;
        long value = 0;
        for (int i = 0; i < size; i++) {
            long from = i < head ? pages[0] + at + i : pages[1] + i - head;
            value |= (memory.view(from, 1).get(0) & 0xFFL) << 8 * i;
        }
        return value;
    }

    /** Writes the low 1, 2, 4 or 8 bytes. */
    void write(long linear, int size, long value) {
        translate(linear, size, PageWalk.WRITE);
        int at = (int) (linear & PageWalk.PAGE_SIZE - 1);
        if (at <= PageWalk.PAGE_SIZE - size) {
            ByteBuffer view = memory.view(pages[0] + at, size);
            switch (size) {
                case 1 -> view.put(0, (byte) value);
                case 2 -> view.putShort(0, (short) value);
                case 4 -> view.putInt(0, (int) value);
                default -> view.putLong(0, value);
            }
            return;
        }
        int head = PageWalk.PAGE_SIZE - at;
        for (int i = 0; i < size; i++) {
            long to = i < head ? pages[0] + at + i : pages[1] + i - head;
            memory.view(to, 1).put(0, (byte) (value >>> 8 * i));
        }
    }

    /**
     * CMPXCHG16B's memory half, 16-byte aligned. Java has no 16-byte compare-and-set: one lock keeps the vCPUs that come
     * through here apart, and each half is exchanged atomically, so a store by a vCPU that runs natively is never lost; it
     * can see the low half new and the high half old.
     *
     * @param found receives the operand's old value, low half first
     */
    boolean compareAndExchange16(long linear, long expectedLow, long expectedHigh, long low, long high, long[] found) {
        translate(linear, 16, PageWalk.WRITE);
        ByteBuffer view = memory.view(pages[0] + (linear & PageWalk.PAGE_SIZE - 1), 16);
        synchronized (memory) {
            found[0] = (long) PageWalk.Atomics.LONG.getVolatile(view, 0);
            found[1] = (long) PageWalk.Atomics.LONG.getVolatile(view, 8);
            if (found[0] != expectedLow || found[1] != expectedHigh) {
                return false;
            }
            long seen = (long) PageWalk.Atomics.LONG.compareAndExchange(view, 0, expectedLow, low);
            if (seen != expectedLow) {
                found[0] = seen;
                return false;
            }
            seen = (long) PageWalk.Atomics.LONG.compareAndExchange(view, 8, expectedHigh, high);
            if (seen == expectedHigh) {
                return true;
            }
            found[1] = seen;
            PageWalk.Atomics.LONG.compareAndSet(view, 0, low, expectedLow);
            return false;
        }
    }
}
