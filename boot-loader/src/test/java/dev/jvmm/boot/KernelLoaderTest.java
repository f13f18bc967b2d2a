package dev.jvmm.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.acpi.AcpiTables;
import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelLoaderTest {
    private static LoadRequest elf(GuestMemory memory) {
        return LoadRequest.of(memory, SmallKernels.source(SmallKernels.elf64()));
    }

    private static BootSource initrd(int size) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) 0x5A);
        return BootSource.of("initrd test", ByteBuffer.wrap(bytes));
    }

    private static void refused(LoadRequest request, String... words) {
        String message = assertThrows(BootException.class, () -> KernelLoader.load(request)).getMessage();
        for (String word : words) {
            assertTrue(message.contains(word), message);
        }
    }

    @Test
    void linuxStartsInLongMode() {
        try (GuestMemory memory = SmallKernels.memory(16)) {
            InitialCpuState cpu = KernelLoader.load(elf(memory)).cpu();
            assertEquals(InitialCpuState.Mode.LONG64, cpu.mode());
            assertEquals(0x8000_0011L, cpu.cr0());
            assertEquals(0x20, cpu.cr4());
            assertEquals(0x500, cpu.efer());
            assertEquals(AddressMap.ZERO_PAGE, cpu.rsi());
            assertEquals(0x10, cpu.code().selector());
            assertEquals(0x18, cpu.data().selector());
            ByteBuffer gdt = memory.view(cpu.gdtBase(), cpu.gdtLimit() + 1);
            assertEquals(0, gdt.getLong(0));
            assertEquals(0x00AF_9B00_0000_FFFFL, gdt.getLong(0x10));
            assertEquals(0x00CF_9300_0000_FFFFL, gdt.getLong(0x18));
        }
    }

    /** Linux jumps there with F000:FFF0 when it knows no better way to reset. */
    @Test
    void theBiosEntryPullsTheResetWire() {
        try (GuestMemory memory = SmallKernels.memory(16)) {
            KernelLoader.load(elf(memory));
            byte[] code = { (byte) 0xB0, (byte) 0xFE, (byte) 0xE6, 0x64, (byte) 0xF4, (byte) 0xEB, (byte) 0xF9 };
            assertArrayEquals(code, memory.read(0xF_FFF0, code.length));
        }
    }

    @Test
    void pageTablesMapFourGigabytesOntoThemselves() {
        try (GuestMemory memory = SmallKernels.memory(16)) {
            long root = KernelLoader.load(elf(memory)).cpu().cr3();
            for (long address = 0; address < 1L << 32; address += 0x1F_F000) {
                assertEquals(address, translate(memory, root, address));
            }
        }
    }

    private static long translate(GuestMemory memory, long root, long address) {
        long table = root;
        for (int shift = 39; shift >= 30; shift -= 9) {
            long entry = memory.view(table + (address >>> shift & 511) * 8, 8).getLong(0);
            assertEquals(3, entry & 0xFFF, "present and writable");
            table = entry & -4096;
        }
        long entry = memory.view(table + (address >>> 21 & 511) * 8, 8).getLong(0);
        assertEquals(0x83, entry & 0xFFF, "present, writable, a large page");
        return (entry & -(2L << 20)) + (address & (2L << 20) - 1);
    }

    @Test
    void pvhStartsInProtectedMode() {
        try (GuestMemory memory = SmallKernels.memory(16)) {
            LoadedKernel loaded = KernelLoader.load(elf(memory)
                    .withProtocol(BootProtocol.PVH)
                    .withInitrd(initrd(5000))
                    .withCommandLine(CommandLine.of("quiet")));
            InitialCpuState cpu = loaded.cpu();
            assertEquals(InitialCpuState.Mode.PROTECTED32, cpu.mode());
            assertEquals(SmallKernels.PVH_ENTRY, cpu.rip());
            assertEquals(0x11, cpu.cr0());
            assertEquals(0, cpu.cr3() | cpu.cr4() | cpu.efer() | cpu.rsi());
            assertEquals(0x00CF_9B00_0000_FFFFL, memory.view(cpu.gdtBase(), 0x20).getLong(0x10));
            ByteBuffer info = memory.view(cpu.rbx(), 56);
            assertEquals(0x336E_C578, info.getInt(0));
            assertEquals(1, info.getInt(4));
            assertEquals(1, info.getInt(12));
            ByteBuffer module = memory.view(info.getLong(16), 32);
            assertEquals(loaded.initrd().start(), module.getLong(0));
            assertEquals(5000, module.getLong(8));
            assertArrayEquals(SmallKernels.ascii("quiet\0"), memory.read(info.getLong(24), 6));
            assertEquals(4, info.getInt(48));
            ByteBuffer map = memory.view(info.getLong(40), 4 * 24);
            assertEquals(0x10_0000, map.getLong(72));
            assertEquals(15 << 20, map.getLong(80));
            assertEquals(1, map.getInt(88));
        }
    }

    @Test
    void bootParamsHoldTheMemoryMap() {
        try (GuestMemory memory = SmallKernels.memory(16)) {
            KernelLoader.load(elf(memory));
            ByteBuffer page = memory.view(AddressMap.ZERO_PAGE, 4096);
            assertEquals(4, page.get(0x1E8));
            long[][] expected = {
                { 0, 0x9FC00, 1 }, { 0x9FC00, 0x400, 2 }, { 0xE0000, 0x20000, 2 }, { 0x10_0000, 15 << 20, 1 } };
            for (int i = 0; i < expected.length; i++) {
                assertEquals(expected[i][0], page.getLong(0x2D0 + 20 * i));
                assertEquals(expected[i][1], page.getLong(0x2D0 + 20 * i + 8));
                assertEquals(expected[i][2], page.getInt(0x2D0 + 20 * i + 16));
            }
        }
    }

    @Test
    void memoryBeyondTheDeviceHoleIsNamed() {
        try (GuestMemory memory = SmallKernels.memory(3 * 1024 + 64)) {
            KernelLoader.load(elf(memory));
            ByteBuffer page = memory.view(AddressMap.ZERO_PAGE, 4096);
            assertEquals(5, page.get(0x1E8));
            assertEquals(0xC000_0000L - 0x10_0000, page.getLong(0x2D0 + 60 + 8));
            assertEquals(1L << 32, page.getLong(0x2D0 + 80));
            assertEquals(64L << 20, page.getLong(0x2D0 + 88));
        }
    }

    @Test
    void initrdLiesAtTheTop() {
        try (GuestMemory memory = SmallKernels.memory(16)) {
            Placement initrd = KernelLoader.load(elf(memory).withInitrd(initrd(5000))).initrd();
            assertEquals((16 << 20) - 8192, initrd.start());
            ByteBuffer page = memory.view(AddressMap.ZERO_PAGE, 4096);
            assertEquals(initrd.start(), page.getInt(0x218));
            assertEquals(5000, page.getInt(0x21C));
            assertEquals(0x5A, memory.read(initrd.end() - 1, 1)[0]);
            assertEquals(0, memory.read(initrd.end(), 1)[0]);
        }
    }

    @Test
    void initrdStaysBelowWhatTheHeaderAllows() {
        ByteBuffer image = SmallKernels.bzImage().putInt(0x22C, 0x17F_FFFF);
        try (GuestMemory memory = SmallKernels.memory(64)) {
            LoadRequest request = LoadRequest.of(memory, SmallKernels.source(image));
            assertEquals(0x17F_E000, KernelLoader.load(request.withInitrd(initrd(5000))).initrd().start());
            refused(request.withInitrd(initrd(6 << 20)), "initrd test", "6 MiB", "5 MiB are free");
        }
    }

    @Test
    void initrdLargerThanMemoryIsRefused() {
        try (GuestMemory memory = SmallKernels.memory(4)) {
            refused(elf(memory).withInitrd(initrd(5 << 20)), "initrd test", "5 MiB", "more memory");
        }
    }

    @Test
    void tooLittleMemorySaysHowMuchIsNeeded() {
        try (GuestMemory memory = SmallKernels.memory(16)) {
            refused(LoadRequest.of(memory, SmallKernels.source(SmallKernels.bzImage())), "needs at least 19 MiB",
                    "16 MiB");
        }
        try (GuestMemory memory = SmallKernels.memory(1)) {
            refused(elf(memory), "needs at least 3 MiB", "has 1 MiB");
        }
    }

    @Test
    void commandLineIsWrittenAndLimited() {
        try (GuestMemory memory = SmallKernels.memory(32)) {
            LoadRequest request = LoadRequest.of(memory, SmallKernels.source(SmallKernels.bzImage().putInt(0x238, 8)));
            KernelLoader.load(request.withCommandLine(CommandLine.of("a=1 b=23")));
            assertArrayEquals(SmallKernels.ascii("a=1 b=23\0"), memory.read(AddressMap.COMMAND_LINE, 9));
            assertEquals(AddressMap.COMMAND_LINE, memory.view(AddressMap.ZERO_PAGE, 4096).getInt(0x228));
            refused(request.withCommandLine(CommandLine.of("a=1 b=234")), "9 bytes", "at most 8");
            refused(elf(memory).withCommandLine(CommandLine.of("x".repeat(2048))), "2048 bytes", "at most 2047");
            refused(
                    LoadRequest.of(memory, SmallKernels.source(SmallKernels.bzImage().putInt(0x238, -1)))
                            .withCommandLine(CommandLine.of("x".repeat(0x1_0000))),
                    "at most 65535");
        }
    }

    @Test
    void nothingIsWrittenWhenSomethingIsWrong() {
        try (GuestMemory memory = SmallKernels.memory(4)) {
            refused(elf(memory).withInitrd(initrd(5 << 20)), "initrd");
            assertArrayEquals(new byte[4 << 20], memory.read(0, 4 << 20));
        }
    }

    @Test
    void theMpTableIsWrittenWhenAskedFor() {
        try (GuestMemory memory = SmallKernels.memory(16)) {
            KernelLoader.load(elf(memory).withMpTable(new MpTable(2)));
            assertArrayEquals(SmallKernels.ascii("_MP_"), memory.read(AddressMap.MP_TABLE, 4));
        }
    }

    @Test
    void theKernelIsToldOfTheAcpiTables() {
        try (GuestMemory memory = SmallKernels.memory(16)) {
            LoadRequest request = elf(memory).withAcpi(new AcpiTables(1, List.of()));
            KernelLoader.load(request);
            long rsdp = memory.view(AddressMap.ZERO_PAGE, 4096).getLong(0x70);
            assertArrayEquals(SmallKernels.ascii("RSD PTR "), memory.read(rsdp, 8));
            InitialCpuState cpu = KernelLoader.load(request.withProtocol(BootProtocol.PVH)).cpu();
            assertEquals(rsdp, memory.view(cpu.rbx(), 56).getLong(32));
            KernelLoader.load(elf(memory));
            assertEquals(0, memory.view(AddressMap.ZERO_PAGE, 4096).getLong(0x70));
        }
    }
}
