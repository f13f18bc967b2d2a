package dev.jvmm.boot;

import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** An ELF executable for x86: its program headers, checked against the file and against each other. */
final class ElfFile {
    static final int MAGIC = 0x464C_457F;

    private static final int MAX_PROGRAM_HEADERS = 64;
    private static final int ELFCLASS32 = 1;
    private static final int ELFCLASS64 = 2;
    private static final int ELFDATA2LSB = 1;
    private static final int ET_EXEC = 2;
    private static final int ET_DYN = 3;
    private static final int EM_386 = 3;
    private static final int EM_X86_64 = 62;

    private final BootSource source;
    private final boolean wide;
    private final long entry;
    private final List<ElfSegment> loads = new ArrayList<>();
    private final List<ElfSegment> notes = new ArrayList<>(2);

    /**
     * Reads and checks the headers.
     *
     * @param head the first bytes of the file, little-endian
     */
    ElfFile(BootSource source, ByteBuffer head) {
        this.source = source;
        this.wide = checkIdentity(head);
        this.entry = wide ? head.getLong(24) : Integer.toUnsignedLong(head.getInt(24));
        readProgramHeaders(head);
        checkLoads();
    }

    private boolean checkIdentity(ByteBuffer head) {
        if (head.limit() < 52) {
            throw source.error("a truncated ELF header; fetch or build it again");
        }
        int kind = head.get(4);
        if (kind != ELFCLASS32 && kind != ELFCLASS64) {
            throw source.error("an ELF file of unknown class " + kind + ": it is damaged");
        }
        boolean isWide = kind == ELFCLASS64;
        if (isWide && head.limit() < 64) {
            throw source.error("a truncated ELF header; fetch or build it again");
        }
        int machine = head.order(head.get(5) == ELFDATA2LSB ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN)
                .getShort(18);
        head.order(ByteOrder.LITTLE_ENDIAN);
        if (machine != (isWide ? EM_X86_64 : EM_386) || head.get(5) != ELFDATA2LSB) {
            throw source.error("an ELF file for another machine (" + machineName(machine)
                    + "); give a kernel built for x86-64");
        }
        int type = head.getShort(16);
        if (type != ET_EXEC && type != ET_DYN) {
            throw source.error("an ELF file of type " + type + ", not an executable; give the linked vmlinux");
        }
        return isWide;
    }

    private static String machineName(int machine) {
        return switch (machine & 0xFFFF) {
            case 3 -> "i386 in a 64-bit file";
            case 8 -> "MIPS";
            case 20, 21 -> "PowerPC";
            case 22 -> "s390";
            case 40 -> "32-bit ARM";
            case 62 -> "x86-64 in a 32-bit file";
            case 183 -> "arm64";
            case 243 -> "RISC-V";
            case 258 -> "LoongArch";
            default -> "ELF machine number " + (machine & 0xFFFF);
        };
    }

    private void readProgramHeaders(ByteBuffer head) {
        long offset = wide ? head.getLong(32) : Integer.toUnsignedLong(head.getInt(28));
        int entrySize = Short.toUnsignedInt(head.getShort(wide ? 54 : 42));
        int count = Short.toUnsignedInt(head.getShort(wide ? 56 : 44));
        int size = wide ? 56 : 32;
        if (count == 0) {
            throw source.error("an ELF file without program headers, so there is nothing to load");
        }
        if (count > MAX_PROGRAM_HEADERS) {
            throw source.error(count + " ELF program headers; at most " + MAX_PROGRAM_HEADERS + " are read");
        }
        if (entrySize != size) {
            throw source.error("ELF program headers of " + entrySize + " bytes instead of " + size + ": it is damaged");
        }
        if (!source.contains(offset, (long) size * count)) {
            throw source.error("the ELF program headers lie outside the file: it is truncated or damaged");
        }
        ByteBuffer table = head;
        int at = (int) offset;
        if (offset > head.limit() - size * count) {
            table = NativeBuffers.allocate(size * count);
            source.read(offset, table);
            at = 0;
        }
        for (int i = 0; i < count; i++) {
            ElfSegment segment = wide ? segment64(table, at + i * size) : segment32(table, at + i * size);
            if (segment.type() == ElfSegment.PT_LOAD && segment.memorySize() != 0) {
                loads.add(segment);
            } else if (segment.type() == ElfSegment.PT_NOTE) {
                notes.add(segment);
            }
        }
    }

    private static ElfSegment segment64(ByteBuffer table, int at) {
        return new ElfSegment(
                table.getInt(at),
                table.getLong(at + 8),
                table.getLong(at + 16),
                table.getLong(at + 24),
                table.getLong(at + 32),
                table.getLong(at + 40),
                table.getLong(at + 48));
    }

    private static ElfSegment segment32(ByteBuffer table, int at) {
        return new ElfSegment(
                table.getInt(at),
                Integer.toUnsignedLong(table.getInt(at + 4)),
                Integer.toUnsignedLong(table.getInt(at + 8)),
                Integer.toUnsignedLong(table.getInt(at + 12)),
                Integer.toUnsignedLong(table.getInt(at + 16)),
                Integer.toUnsignedLong(table.getInt(at + 20)),
                Integer.toUnsignedLong(table.getInt(at + 28)));
    }

    private void checkLoads() {
        if (loads.isEmpty()) {
            throw source.error("an ELF file without a loadable segment");
        }
        for (int i = 0; i < loads.size(); i++) {
            ElfSegment segment = loads.get(i);
            checkLoad(segment);
            for (int j = 0; j < i; j++) {
                ElfSegment other = loads.get(j);
                if (segment.physical() < other.physical() + other.memorySize()
                        && other.physical() < segment.physical() + segment.memorySize()) {
                    throw source.error("ELF segments overlap at physical address "
                            + Hex.of(Math.max(segment.physical(), other.physical())) + ": it is damaged");
                }
            }
        }
    }

    private void checkLoad(ElfSegment segment) {
        if (Long.compareUnsigned(segment.fileSize(), segment.memorySize()) > 0) {
            throw source.error("an ELF segment of " + Hex.of(segment.fileSize()) + " bytes in the file but only "
                    + Hex.of(segment.memorySize()) + " in memory: it is damaged");
        }
        if (!source.contains(segment.offset(), segment.fileSize())) {
            throw source.error("an ELF segment reaches outside the file: it is truncated or damaged");
        }
        long start = segment.physical();
        long size = segment.memorySize();
        if (start < AddressMap.ELF_HEADER_PAGE && start >= 0) {
            throw source.error("an ELF segment at physical address " + Hex.of(start)
                    + ", but the first MiB holds what the kernel is handed; link it at 1 MiB or above");
        }
        if (start < 0 || start > AddressMap.DEVICE_HOLE_START || size < 0
                || size > AddressMap.DEVICE_HOLE_START - start) {
            throw source.error("an ELF segment of " + Hex.of(size) + " bytes at physical address " + Hex.of(start)
                    + " does not lie between 1 MiB and 3 GiB, where a kernel can be loaded; check its p_paddr");
        }
    }

    /** Whether it is a 64-bit file. */
    boolean wide() {
        return wide;
    }

    /** e_entry as the file says it. */
    long entry() {
        return entry;
    }

    /** The PT_NOTE headers, unchecked. */
    List<ElfSegment> notes() {
        return notes;
    }

    BootSource source() {
        return source;
    }

    /** The lowest physical address of a loadable segment. */
    long start() {
        long start = Long.MAX_VALUE;
        for (int i = 0; i < loads.size(); i++) {
            start = Math.min(start, loads.get(i).physical());
        }
        return start;
    }

    /** The first physical address behind all loadable segments, with their zeroed parts. */
    long end() {
        long end = 0;
        for (int i = 0; i < loads.size(); i++) {
            end = Math.max(end, loads.get(i).physical() + loads.get(i).memorySize());
        }
        return end;
    }

    /** Whether the physical address is loaded. */
    boolean loadsPhysical(long address) {
        for (int i = 0; i < loads.size(); i++) {
            if (loads.get(i).coversPhysical(address)) {
                return true;
            }
        }
        return false;
    }

    /**
     * e_entry as a physical address. Linux writes it physical ({@code phys_startup_64}) while its p_vaddr are high;
     * other linkers write it virtual.
     */
    long physicalEntry() {
        if (loadsPhysical(entry)) {
            return entry;
        }
        for (int i = 0; i < loads.size(); i++) {
            ElfSegment segment = loads.get(i);
            if (segment.coversVirtual(entry)) {
                return segment.physical() + (entry - segment.virtual());
            }
        }
        throw source.error("the ELF entry point " + Hex.of(entry) + " lies in no loadable segment: it is damaged");
    }

    /** Reads the segments' bytes into guest memory; what they leave zero is not touched. */
    void load(GuestMemory memory) {
        for (int i = 0; i < loads.size(); i++) {
            ElfSegment segment = loads.get(i);
            source.copyTo(segment.offset(), memory, segment.physical(), segment.fileSize());
        }
    }
}
