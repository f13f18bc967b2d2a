package dev.jvmm.assist;

import dev.jvmm.memory.GuestMemory;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * From a linear to a guest-physical address through the guest's own page tables, with the permission checks, the accessed
 * and dirty bits and the error codes of the CPU. Protection keys are not looked at.
 *
 * @spec https://www.intel.com/content/www/us/en/developer/articles/technical/intel-sdm.html SDM 3A, chapter 4 "Paging"
 */
final class PageWalk {
    /** Kinds of access, or'ed. The first three have the values of their error code bits. */
    static final int READ = 0;

    static final int WRITE = 1 << 1;
    static final int USER = 1 << 2;
    static final int FETCH = 1 << 4;
    /** By the CPU itself (descriptor tables): supervisor's at any CPL, and EFLAGS.AC does not open user pages. */
    static final int IMPLICIT = 1 << 16;

    static final int PAGE_SIZE = 4096;

    private static final int ERROR_PRESENT = 1;
    private static final int ERROR_RESERVED = 1 << 3;

    private static final long PRESENT = 1;
    private static final long WRITABLE = 1 << 1;
    private static final long USER_PAGE = 1 << 2;
    private static final long ACCESSED = 1 << 5;
    private static final long DIRTY = 1 << 6;
    private static final long LARGE = 1 << 7;
    private static final long NO_EXECUTE = 1L << 63;
    private static final long FRAME = 0x000F_FFFF_FFFF_F000L;
    private static final int PAE_ENTRY = 8;
    private static final int CLASSIC_ENTRY = 4;
    /** A guest that rewrites an entry under our hands this often is playing. */
    private static final int RETRIES = 64;

    private final GuestMemory memory;
    private int physicalBits;

    PageWalk(GuestMemory memory) {
        this.memory = memory;
    }

    /**
     * Translates one address; the result is good up to the end of its 4 KiB page.
     *
     * @throws GuestFault #PF as the CPU raises it
     * @throws BeyondAssist when a paging structure is not in RAM
     */
    long translate(CpuState cpu, long linear, int access) {
        long cr0 = cpu.cr0();
        if ((cr0 & ControlBits.CR0_PG) == 0) {
            return linear & 0xFFFF_FFFFL;
        }
        for (int i = 0; i < RETRIES; i++) {
            long physical = (cpu.cr4() & ControlBits.CR4_PAE) != 0
                    ? walkPae(cpu, linear, access)
                    : walkClassic(cpu, linear, access);
            if (physical >= 0) {
                return physical;
            }
        }
        throw new BeyondAssist("the guest keeps changing the page tables of 0x" + Long.toHexString(linear));
    }

    /** 4-level, 5-level and PAE paging: entries of 8 bytes, 9 bits a level. Negative: an entry changed, walk again. */
    private long walkPae(CpuState cpu, long linear, int access) {
        boolean longMode = (cpu.efer() & ControlBits.EFER_LMA) != 0;
        boolean noExecute = (cpu.efer() & ControlBits.EFER_NXE) != 0;
        int level = longMode ? ((cpu.cr4() & ControlBits.CR4_LA57) != 0 ? 5 : 4) : 3;
        long table = longMode ? cpu.cr3() & FRAME : cpu.cr3() & 0xFFFF_FFE0L;
        long index = longMode ? linear : linear & 0xFFFF_FFFFL;
        long reserved = reservedAddressBits(cpu) | (noExecute ? 0 : NO_EXECUTE);
        long rights = WRITABLE | USER_PAGE;
        long denied = 0;
        while (true) {
            int shift = 12 + 9 * (level - 1);
            long at = table + (((index >>> shift) & 0x1FF) * PAE_ENTRY);
            long entry = entry(at, PAE_ENTRY, linear);
            if ((entry & PRESENT) == 0) {
                throw fault(cpu, linear, access, 0);
            }
            boolean pointers = level == 3 && !longMode;
            boolean leaf = level == 1 || (entry & LARGE) != 0 && (level == 2 || level == 3 && longMode);
            if ((entry & (pointers ? reserved & ~NO_EXECUTE : reserved | reservedOf(level, leaf))) != 0) {
                throw fault(cpu, linear, access, ERROR_PRESENT | ERROR_RESERVED);
            }
            if (!pointers) {
                rights &= entry;
                denied |= entry & NO_EXECUTE;
            }
            if (leaf) {
                check(cpu, linear, access, rights, denied != 0);
            }
            if (!pointers && !mark(at, PAE_ENTRY, entry, leaf && (access & WRITE) != 0)) {
                return -1;
            }
            if (leaf) {
                long offsetMask = (1L << shift) - 1;
                return entry & FRAME & ~offsetMask | linear & offsetMask;
            }
            table = entry & FRAME;
            level--;
        }
    }

    /** 32-bit paging: two levels, entries of 4 bytes, 4 MiB pages with CR4.PSE. */
    private long walkClassic(CpuState cpu, long linear, int access) {
        long address = linear & 0xFFFF_FFFFL;
        long directoryAt = (cpu.cr3() & 0xFFFF_F000L) + (address >>> 22) * CLASSIC_ENTRY;
        long directory = entry(directoryAt, CLASSIC_ENTRY, linear);
        if ((directory & PRESENT) == 0) {
            throw fault(cpu, linear, access, 0);
        }
        if ((directory & LARGE) != 0 && (cpu.cr4() & ControlBits.CR4_PSE) != 0) {
            check(cpu, linear, access, directory, false);
            if (!mark(directoryAt, CLASSIC_ENTRY, directory, (access & WRITE) != 0)) {
                return -1;
            }
            long high = (directory >>> 13 & 0xFF) << 32; // PSE-36
            return high | directory & 0xFFC0_0000L | address & 0x3F_FFFF;
        }
        long tableAt = (directory & 0xFFFF_F000L) + (address >>> 12 & 0x3FF) * CLASSIC_ENTRY;
        long table = entry(tableAt, CLASSIC_ENTRY, linear);
        if ((table & PRESENT) == 0) {
            throw fault(cpu, linear, access, 0);
        }
        check(cpu, linear, access, directory & table, false);
        if (!mark(directoryAt, CLASSIC_ENTRY, directory, false)
                || !mark(tableAt, CLASSIC_ENTRY, table, (access & WRITE) != 0)) {
            return -1;
        }
        return table & 0xFFFF_F000L | address & 0xFFF;
    }

    /** SDM 3A 4.6: access rights. */
    private static void check(CpuState cpu, long linear, int access, long rights, boolean noExecute) {
        boolean userPage = (rights & USER_PAGE) != 0;
        boolean writable = (rights & WRITABLE) != 0;
        boolean write = (access & WRITE) != 0;
        boolean fetch = (access & FETCH) != 0;
        boolean allowed;
        if ((access & USER) != 0) {
            allowed = userPage && (writable || !write);
        } else if (userPage && fetch) {
            allowed = (cpu.cr4() & ControlBits.CR4_SMEP) == 0;
        } else {
            boolean open = !userPage || (cpu.cr4() & ControlBits.CR4_SMAP) == 0
                    || (access & IMPLICIT) == 0 && (cpu.rflags() & ControlBits.FLAG_AC) != 0;
            allowed = open && (writable || !write || (cpu.cr0() & ControlBits.CR0_WP) == 0);
        }
        if (!allowed || fetch && noExecute) {
            throw fault(cpu, linear, access, ERROR_PRESENT);
        }
    }

    /** SDM 3A 4.7: the error code. The fetch bit is there only where a fetch can be denied. */
    private static GuestFault fault(CpuState cpu, long linear, int access, int code) {
        int error = code | access & (WRITE | USER);
        boolean nx = (cpu.cr4() & ControlBits.CR4_PAE) != 0 && (cpu.efer() & ControlBits.EFER_NXE) != 0;
        if ((access & FETCH) != 0 && (nx || (cpu.cr4() & ControlBits.CR4_SMEP) != 0)) {
            error |= FETCH;
        }
        return GuestFault.pageFault(linear, error);
    }

    private static long reservedOf(int level, boolean leaf) {
        if (leaf) {
            // bit 12 of a large page is PAT
            return level == 1 ? 0 : (1L << 12 + 9 * (level - 1)) - 1 & ~0x1FFFL;
        }
        return level >= 4 ? LARGE : 0;
    }

    /** Bits of an entry between the CPU's physical address width and bit 51. */
    private long reservedAddressBits(CpuState cpu) {
        if (physicalBits == 0) {
            int bits = cpu.cpuid(0x8000_0008, 0, CpuState.EAX) & 0xFF;
            physicalBits = bits >= 32 && bits <= 52 ? bits : 52;
        }
        return FRAME & -(1L << physicalBits);
    }

    private long entry(long at, int size, long linear) {
        if (!memory.contains(at, size)) {
            throw new BeyondAssist(
                    "a page table of 0x" + Long.toHexString(linear) + " is not in RAM: 0x" + Long.toHexString(at));
        }
        ByteBuffer view = memory.view(at, size);
        return size == PAE_ENTRY ? view.getLong(0) : view.getInt(0) & 0xFFFF_FFFFL;
    }

    /** Sets accessed and dirty in one atomic step; false when the entry is no longer what was walked. */
    private boolean mark(long at, int size, long entry, boolean dirty) {
        long marked = entry | ACCESSED | (dirty ? DIRTY : 0);
        if (marked == entry) {
            return true;
        }
        ByteBuffer view = memory.view(at, size);
        return size == PAE_ENTRY
                ? Atomics.LONG.compareAndSet(view, 0, entry, marked)
                : Atomics.INT.compareAndSet(view, 0, (int) entry, (int) marked);
    }

    /** In a class of its own: kernels map themselves with the bits set, so most guests never need the handles. */
    static final class Atomics {
        static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
        static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

        private Atomics() {}
    }
}
