package dev.jvmm.boot;

import dev.jvmm.linux.NativeBuffers;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * An ELF executable, 32-bit or 64-bit, that names its 32-bit entry point in a note {@code XEN_ELFNOTE_PHYS32_ENTRY}.
 *
 * @see <a href="https://xenbits.xen.org/docs/unstable/misc/pvh.html">x86/HVM direct boot ABI</a>
 */
public final class PvhKernel extends ElfImage {
    private static final int XEN_ELFNOTE_PHYS32_ENTRY = 18;
    private static final int NOTE_HEADER = 12;
    private static final int XEN = 'X' | 'e' << 8 | 'n' << 16;
    private static final int MAX_NOTES = 64 << 10;

    PvhKernel(ElfFile elf) {
        super(elf, findEntry(elf));
    }

    private static long findEntry(ElfFile elf) {
        long entry = findEntry(elf, elf.notes());
        if (!elf.loadsPhysical(entry)) {
            throw elf.source().error("the PVH note names the entry point " + Hex.of(entry)
                    + ", which lies in no loadable segment: it is damaged");
        }
        return entry;
    }

    private static long findEntry(ElfFile elf, List<ElfSegment> notes) {
        for (int i = 0; i < notes.size(); i++) {
            ElfSegment segment = notes.get(i);
            if (segment.fileSize() < 0 || segment.fileSize() > MAX_NOTES) {
                throw elf.source().error("an ELF note segment of " + Hex.of(segment.fileSize())
                        + " bytes; at most 64 KiB are read");
            }
            if (!elf.source().contains(segment.offset(), segment.fileSize())) {
                throw elf.source().error("an ELF note segment reaches outside the file: it is truncated or damaged");
            }
            ByteBuffer bytes = NativeBuffers.allocate((int) segment.fileSize());
            elf.source().read(segment.offset(), bytes);
            long found = findEntry(elf, bytes.flip(), segment.alignment() == 8 ? 8 : 4);
            if (found >= 0) {
                return found;
            }
        }
        throw elf.source().error((elf.wide() ? "no PVH note, so it has no PVH entry; use the 64-bit Linux protocol"
                : "a 32-bit ELF file without a PVH note; give a 64-bit kernel, or one built with CONFIG_PVH"));
    }

    /** The entry point in a segment of notes, or -1. */
    private static long findEntry(ElfFile elf, ByteBuffer notes, int alignment) {
        int at = 0;
        while (notes.limit() - at >= NOTE_HEADER) {
            long nameSize = Integer.toUnsignedLong(notes.getInt(at));
            long dataSize = Integer.toUnsignedLong(notes.getInt(at + 4));
            int type = notes.getInt(at + 8);
            long data = alignUp(at + NOTE_HEADER + nameSize, alignment);
            if (data > notes.limit() || dataSize > notes.limit() - data) {
                throw elf.source().error("an ELF note reaches outside its segment: it is damaged");
            }
            if (type == XEN_ELFNOTE_PHYS32_ENTRY && nameSize == 4 && notes.getInt(at + NOTE_HEADER) == XEN) {
                return entryOf(elf, notes, (int) data, (int) dataSize);
            }
            at = (int) Math.min(notes.limit(), alignUp(data + dataSize, alignment));
        }
        return -1;
    }

    private static long entryOf(ElfFile elf, ByteBuffer notes, int at, int size) {
        if (size != 4 && size != 8) {
            throw elf.source().error("a PVH note of " + size + " bytes instead of 4 or 8: it is damaged");
        }
        long value = size == 8 ? notes.getLong(at) : Integer.toUnsignedLong(notes.getInt(at));
        if (value >>> 32 != 0) {
            throw elf.source().error("the PVH note names the entry point " + Hex.of(value)
                    + ", beyond what 32-bit code reaches: it is damaged");
        }
        return value;
    }

    private static long alignUp(long value, int alignment) {
        return (value + alignment - 1) & -alignment;
    }

    @Override
    public BootProtocol protocol() {
        return BootProtocol.PVH;
    }
}
