package dev.jvmm.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.memory.GuestMemory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class ElfKernelTest {
    private static KernelImage open(ByteBuffer bytes, BootProtocol protocol) {
        return KernelImage.open(SmallKernels.source(bytes), protocol);
    }

    private static void refused(ByteBuffer bytes, String... words) {
        String message = assertThrows(BootException.class, () -> open(bytes, BootProtocol.AUTO)).getMessage();
        assertTrue(message.startsWith("kernel test: "), message);
        for (String word : words) {
            assertTrue(message.contains(word), message);
        }
    }

    @Test
    void wideElfIsEnteredTheLinuxWayEvenWithPvhNote() {
        ElfKernel kernel = assertInstanceOf(ElfKernel.class, open(SmallKernels.elf64(), BootProtocol.AUTO));
        assertEquals(BootProtocol.LINUX64, kernel.protocol());
        assertEquals(SmallKernels.LOAD, kernel.entry());
        assertEquals(SmallKernels.LOAD, kernel.start());
        assertEquals(SmallKernels.LOAD + SmallKernels.CODE.length + 0x1000, kernel.end());
    }

    @Test
    void pvhIsTakenWhenAskedForAndFor32BitFiles() {
        for (ByteBuffer elf : new ByteBuffer[]{ SmallKernels.elf64(), SmallKernels.elf32() }) {
            PvhKernel kernel = assertInstanceOf(PvhKernel.class, open(elf, BootProtocol.PVH));
            assertEquals(SmallKernels.PVH_ENTRY, kernel.entry());
        }
        assertInstanceOf(PvhKernel.class, open(SmallKernels.elf32(), BootProtocol.AUTO));
    }

    @Test
    void notesMayBeAlignedTo8AndHold64BitAddresses() {
        ByteBuffer elf = SmallKernels.elf64();
        int at = SmallKernels.NOTE_OFFSET;
        elf.putLong(64 + 56 + 48, 8).putLong(64 + 56 + 32, 24).putInt(at, 4).putInt(at + 4, 8).putInt(at + 8, 18);
        elf.put(at + 12, SmallKernels.ascii("Xen\0")).putLong(at + 16, SmallKernels.PVH_ENTRY);
        assertEquals(SmallKernels.PVH_ENTRY, open(elf, BootProtocol.PVH).entry());
    }

    @Test
    void bytesArriveAtThePhysicalAddress() {
        try (GuestMemory memory = SmallKernels.memory(16)) {
            open(SmallKernels.elf64(), BootProtocol.AUTO).load(memory);
            assertArrayEquals(SmallKernels.CODE, memory.read(SmallKernels.LOAD, SmallKernels.CODE.length));
        }
    }

    @Test
    void virtualEntryIsTranslated() {
        ByteBuffer elf = SmallKernels.elf64().putLong(24, 0xFFFF_FFFF_8000_0000L + SmallKernels.LOAD + 8);
        assertEquals(SmallKernels.LOAD + 8, open(elf, BootProtocol.AUTO).entry());
    }

    @Test
    void programHeadersFarIntoTheFileAreFound() {
        ByteBuffer small = SmallKernels.elf64();
        ByteBuffer elf = SmallKernels.buffer(0x3000).put(0, small, 0, small.limit());
        elf.put(0x2F00, small, 64, 112).putLong(32, 0x2F00);
        assertEquals(SmallKernels.LOAD, open(elf, BootProtocol.AUTO).entry());
    }

    @Test
    void entryOutsideAllSegmentsIsRefused() {
        refused(SmallKernels.elf64().putLong(24, 0x1234), "entry point 0x1234", "no loadable segment");
    }

    @Test
    void otherMachinesAreNamed() {
        refused(SmallKernels.elf64().putShort(18, (short) 183), "arm64", "x86-64");
        refused(SmallKernels.elf64().putShort(18, (short) 243), "RISC-V");
        refused(SmallKernels.elf64().put(5, (byte) 2).putShort(18, (short) (22 << 8)), "s390");
        refused(SmallKernels.elf32().putShort(18, (short) 40), "32-bit ARM");
        refused(SmallKernels.elf64().putShort(18, (short) 999), "999");
        refused(SmallKernels.elf64().put(4, (byte) 7), "class 7");
    }

    @Test
    void onlyExecutablesAreTaken() {
        refused(SmallKernels.elf64().putShort(16, (short) 1), "type 1", "not an executable");
    }

    @Test
    void narrowElfWithoutPvhIsRefused() {
        refused(SmallKernels.elf32().putInt(SmallKernels.NOTE_OFFSET + 28, 17), "32-bit", "PVH note");
        assertTrue(assertThrows(BootException.class, () -> open(SmallKernels.elf32(), BootProtocol.LINUX64))
                .getMessage().contains("32-bit ELF file has no 64-bit Linux entry"));
    }

    @Test
    void truncatedFilesAreRefused() {
        refused(SmallKernels.elf64().limit(40), "truncated ELF header");
        refused(SmallKernels.elf64().limit(60), "truncated ELF header");
        refused(SmallKernels.elf64().limit(100), "program headers lie outside");
        refused(SmallKernels.elf64().limit(SmallKernels.CODE_OFFSET + 1), "segment reaches outside the file");
    }

    @Test
    void tooManyOrOddProgramHeadersAreRefused() {
        refused(SmallKernels.elf64().putShort(56, (short) 0), "without program headers");
        refused(SmallKernels.elf64().putShort(56, (short) 65), "65 ELF program headers", "at most 64");
        refused(SmallKernels.elf64().putShort(54, (short) 32), "32 bytes instead of 56");
        refused(SmallKernels.elf64().putLong(32, -8), "program headers lie outside");
        refused(SmallKernels.elf64().putInt(64, 6), "without a loadable segment");
    }

    @Test
    void segmentsThatLieAreRefused() {
        refused(segment(SmallKernels.LOAD, 16, 8), "0x10 bytes in the file but only 0x8 in memory");
        refused(segment(0x9000, 16, 16), "0x9000", "first MiB");
        refused(segment(0xF_EFFF, 16, 16), "0xfefff", "first MiB");
        refused(segment(0xC000_0000L - 8, 16, 16), "between 1 MiB and 3 GiB");
        refused(segment(0x1_0000_0000L, 16, 16), "between 1 MiB and 3 GiB");
        refused(segment(0xFFFF_FFFF_FFFF_FFF8L, 16, 16), "0xfffffffffffffff8", "between 1 MiB and 3 GiB");
        refused(segment(SmallKernels.LOAD, 16, 0xFFFF_FFFF_FFE0_0000L), "between 1 MiB and 3 GiB");
        refused(segment(SmallKernels.LOAD, 16, Long.MAX_VALUE), "between 1 MiB and 3 GiB");
        ByteBuffer offset = SmallKernels.elf64().putLong(64 + 8, Long.MAX_VALUE);
        refused(offset, "segment reaches outside the file");
    }

    private static ByteBuffer segment(long physical, long fileSize, long memorySize) {
        ByteBuffer elf = SmallKernels.elf64();
        SmallKernels.load64(elf, 0, physical, fileSize, memorySize);
        return elf;
    }

    @Test
    void headerInFrontOfAProgramLinkedAt1MibIsLoaded() {
        ByteBuffer elf = segment(0x10_0000, 16, 16).putLong(24, 0x10_0000);
        SmallKernels.load64(elf, 1, 0xF_F000, 16, 0xB0);
        try (GuestMemory memory = SmallKernels.memory(2)) {
            KernelLoader
                    .load(LoadRequest.of(memory, SmallKernels.source(elf)).withMpTable(new MpTable(MpTable.MAX_CPUS)));
            assertArrayEquals(SmallKernels.CODE, memory.read(0xF_F000, SmallKernels.CODE.length));
            assertArrayEquals(new byte[0x100], memory.read(0xF_F100, 0x100));
        }
    }

    @Test
    void overlappingSegmentsAreRefused() {
        ByteBuffer elf = SmallKernels.elf64();
        SmallKernels.load64(elf, 1, SmallKernels.LOAD + 0x1000, 16, 16);
        refused(elf, "overlap", "0x201000");
        SmallKernels.load64(elf, 1, SmallKernels.LOAD + 0x1010, 16, 16);
        assertEquals(SmallKernels.LOAD + 0x1020, open(elf, BootProtocol.AUTO).end());
    }

    @Test
    void notesThatLieAreRefused() {
        int note = SmallKernels.NOTE_OFFSET;
        int header = 64 + 56;
        pvhRefused(SmallKernels.elf64().putInt(note, 0x7FFF_FFFF), "note reaches outside its segment");
        pvhRefused(SmallKernels.elf64().putInt(note, -1), "note reaches outside its segment");
        pvhRefused(SmallKernels.elf64().putInt(note + 4, -1), "note reaches outside its segment");
        pvhRefused(SmallKernels.elf64().putInt(note + 24, 0), "PVH note of 0 bytes");
        pvhRefused(SmallKernels.elf64().putInt(note + 36, 0x1234), "0x1234", "no loadable segment");
        pvhRefused(SmallKernels.elf64().putLong(header + 32, 1 << 20), "at most 64 KiB");
        pvhRefused(SmallKernels.elf64().putLong(header + 32, -1), "at most 64 KiB");
        pvhRefused(SmallKernels.elf64().putLong(header + 8, 0x300), "note segment reaches outside the file");
        pvhRefused(SmallKernels.elf64().putInt(header, 0), "no PVH note");
    }

    @Test
    void pvhEntryBeyond32BitsIsRefused() {
        ByteBuffer elf = SmallKernels.elf64();
        int at = SmallKernels.NOTE_OFFSET;
        elf.putInt(at, 4).putInt(at + 4, 8).putInt(at + 8, 18).put(at + 12, SmallKernels.ascii("Xen\0"));
        pvhRefused(elf.putLong(at + 16, 1L << 32 | SmallKernels.LOAD), "beyond what 32-bit code reaches");
    }

    private static void pvhRefused(ByteBuffer bytes, String... words) {
        String message = assertThrows(BootException.class, () -> open(bytes, BootProtocol.PVH)).getMessage();
        for (String word : words) {
            assertTrue(message.contains(word), message);
        }
    }
}
