package dev.jvmm.assist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows from SDM 3A chapter 4. */
class PageWalkTest {
    private static final long LINEAR = 0xFFFF_8123_4567_8ABCL;
    private static final long PAGE = LINEAR & -4096L;

    private final GuestTables guest = new GuestTables();
    private final FakeCpu cpu = new FakeCpu();
    private final PageWalk walk = new PageWalk(guest.memory);

    {
        cpu.cr3 = GuestTables.ROOT;
        cpu.cpuid(0x8000_0008, 0, 40, 0, 0, 0);
    }

    @AfterEach
    void close() {
        guest.close();
    }

    private int errorOf(long linear, int access) {
        GuestFault fault = assertThrows(GuestFault.class, () -> walk.translate(cpu, linear, access));
        cpu.clearException();
        fault.raiseOn(cpu);
        assertEquals(14, cpu.exception);
        assertEquals(linear, cpu.cr2);
        return cpu.errorCode;
    }

    /** 4.6: rights; 4.7: error codes. Leaf: u user, w writable, n no-execute. Access: r, w, x by s or u. Result: ok or the code. */
    @ParameterizedTest(name = "{0} page, {1} access, {2}: {3}")
    @CsvSource({
        "-, sr, '', ok", "-, sw, '', 3", "-, sw, nowp, ok", "w, sw, '', ok", "-, sx, '', ok", "n, sx, '', 17",
        "n, sx, nonx, 9", // without EFER.NXE bit 63 is reserved
        "-, ur, '', 5", "-, uw, '', 7", "-, ux, '', 21", "u, ur, '', ok", "u, uw, '', 7", "uw, uw, '', ok",
        "u, ux, '', ok",
        "un, ux, '', 21", "u, uw, nowp, 7",
        "u, sr, '', ok", "u, sw, '', 3", "uw, sw, '', ok", "u, sx, '', ok",
        "u, sr, smap, 1", "uw, sw, smap, 3", "u, sr, smap ac, ok", "uw, sw, smap ac, ok", "u, sw, smap ac, 3",
        "u, sw, smap ac nowp, ok", "u, sri, smap ac, 1", "-, sri, smap, ok",
        "u, sx, smep, 17", "u, sx, smep nonx, 17", "-, sx, smep, ok", "u, sx, smap, ok",
        "un, sx, smep, 17", "-, ur, nonx, 5", "-, ux, nonx, 5",
    })
    void rights(String page, String access, String modes, String expected) {
        cpu.cr4 |= modes.contains("smap") ? ControlBits.CR4_SMAP : 0;
        cpu.cr4 |= modes.contains("smep") ? ControlBits.CR4_SMEP : 0;
        cpu.rflags |= modes.contains("ac") ? ControlBits.FLAG_AC : 0;
        cpu.cr0 &= modes.contains("nowp") ? ~ControlBits.CR0_WP : -1;
        cpu.efer &= modes.contains("nonx") ? ~ControlBits.EFER_NXE : -1;
        long physical = guest.map(PAGE, GuestTables.PRESENT | (page.contains("u") ? GuestTables.USER : 0)
                | (page.contains("w") ? GuestTables.WRITABLE : 0) | (page.contains("n") ? GuestTables.NO_EXECUTE : 0));
        int kind = (access.contains("w") ? PageWalk.WRITE : access.contains("x") ? PageWalk.FETCH : PageWalk.READ)
                | (access.startsWith("u") ? PageWalk.USER : 0) | (access.endsWith("i") ? PageWalk.IMPLICIT : 0);
        if (expected.equals("ok")) {
            assertEquals(physical + 0xABC, walk.translate(cpu, LINEAR, kind));
        } else {
            assertEquals(Integer.parseInt(expected), errorOf(LINEAR, kind));
        }
    }

    /** 4.8: set on the way, dirty on a write only, and nothing dirty by a fault. */
    @Test
    void accessedAndDirty() {
        guest.map(PAGE, GuestTables.PRESENT | GuestTables.WRITABLE);
        walk.translate(cpu, LINEAR, PageWalk.READ);
        assertEquals(GuestTables.ACCESSED, guest.entryOf(PAGE) & (GuestTables.ACCESSED | GuestTables.DIRTY));
        assertTrue((guest.memory.view(GuestTables.ROOT + (LINEAR >>> 39 & 0x1FF) * 8, 8).getLong(0)
                & GuestTables.ACCESSED) != 0);
        walk.translate(cpu, LINEAR, PageWalk.WRITE);
        assertTrue((guest.entryOf(PAGE) & GuestTables.DIRTY) != 0);
        guest.map(PAGE, GuestTables.PRESENT);
        errorOf(LINEAR, PageWalk.WRITE);
        assertEquals(0, guest.entryOf(PAGE) & GuestTables.DIRTY);
    }

    @Test
    void notPresentHasOnlyTheAccess() {
        guest.entryAddress(PAGE);
        assertEquals(0, errorOf(LINEAR, PageWalk.READ));
        assertEquals(6, errorOf(LINEAR, PageWalk.WRITE | PageWalk.USER));
        assertEquals(16, errorOf(LINEAR, PageWalk.FETCH));
        assertEquals(0, errorOf(0x7000_0000_0000L, PageWalk.READ), "no table at all");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({ "bit 40 of an address of 40 bits, 40, 9", "bit 51, 51, 9", "bit 52 is ignored, 52, 0",
        "bit 11 is ignored, 11, 0" })
    void reservedBits(String name, int bit, int code) {
        long physical = guest.map(PAGE, GuestTables.PRESENT);
        guest.entry(PAGE, physical | GuestTables.PRESENT | 1L << bit);
        if (code == 0) {
            assertEquals(physical + 0xABC, walk.translate(cpu, LINEAR, PageWalk.READ));
        } else {
            assertEquals(code, errorOf(LINEAR, PageWalk.READ));
        }
    }

    @Test
    void largePages() {
        long directory = guest.entryAddress(PAGE); // makes all tables
        long root = GuestTables.ROOT + (LINEAR >>> 39 & 0x1FF) * 8;
        long pointers = guest.memory.view(root, 8).getLong(0) & -4096L & 0xFFFF_FFFF_FFFFL;
        long pointerAt = pointers + (LINEAR >>> 30 & 0x1FF) * 8;
        long directoryAt = (guest.memory.view(pointerAt, 8).getLong(0) & 0xFFFF_FFFF_F000L)
                + (LINEAR >>> 21 & 0x1FF) * 8;
        assertTrue(directory > directoryAt);
        guest.memory.view(directoryAt, 8).putLong(0, 0x60_0000L | 1 << 12 | GuestTables.LARGE | GuestTables.PRESENT);
        assertEquals(0x60_0000L | LINEAR & 0x1F_FFFF, walk.translate(cpu, LINEAR, PageWalk.READ), "2 MiB, PAT set");
        guest.memory.view(directoryAt, 8).putLong(0, 0x60_0000L | 1 << 13 | GuestTables.LARGE | GuestTables.PRESENT);
        assertEquals(9, errorOf(LINEAR, PageWalk.READ), "2 MiB, bit 13");
        guest.memory.view(pointerAt, 8).putLong(0, 0x1_4000_0000L | GuestTables.LARGE | GuestTables.PRESENT);
        assertEquals(0x1_4000_0000L | LINEAR & 0x3FFF_FFFF, walk.translate(cpu, LINEAR, PageWalk.READ), "1 GiB");
        guest.memory.view(root, 8).putLong(0, pointers | GuestTables.LARGE | GuestTables.PRESENT);
        assertEquals(9, errorOf(LINEAR, PageWalk.READ), "a 512 GiB page is reserved");
    }

    @Test
    void fiveLevels() {
        guest.map(PAGE, GuestTables.PRESENT);
        long top = guest.page();
        guest.memory.view(top + (LINEAR >>> 48 & 0x1FF) * 8, 8).putLong(0, GuestTables.ROOT | 7);
        cpu.cr3 = top;
        cpu.cr4 |= ControlBits.CR4_LA57;
        assertEquals(guest.entryOf(PAGE) & 0x0F_FFFF_F000L | 0xABC, walk.translate(cpu, LINEAR, PageWalk.READ));
    }

    @Test
    void paeAndClassicAndNone() {
        long linear = 0x0123_4567L;
        cpu.efer = 0;
        long pointers = guest.page() + 0x20; // 32-byte aligned is enough
        long directory = guest.page();
        long table = guest.page();
        cpu.cr3 = pointers;
        guest.memory.view(pointers + (linear >>> 30) * 8, 8).putLong(0, directory | 1);
        guest.memory.view(directory + (linear >>> 21 & 0x1FF) * 8, 8).putLong(0, table | 7);
        guest.memory.view(table + (linear >>> 12 & 0x1FF) * 8, 8).putLong(0, 0x5_5000 | 5);
        assertEquals(0x5_5567, walk.translate(cpu, linear, PageWalk.READ | PageWalk.USER), "PAE");
        assertEquals(7, errorOf(linear, PageWalk.WRITE | PageWalk.USER), "PAE, read-only");

        cpu.cr4 = ControlBits.CR4_PSE;
        cpu.cr3 = directory = guest.page();
        guest.memory.view(directory + (linear >>> 22) * 4, 4).putInt(0, (int) table | 7);
        guest.memory.view(table, 4096).put(new byte[4096]);
        guest.memory.view(table + (linear >>> 12 & 0x3FF) * 4, 4).putInt(0, 0x6_6000 | 3);
        assertEquals(0x6_6567, walk.translate(cpu, linear, PageWalk.WRITE), "32-bit");
        assertEquals(0x6_6000 | 0x63, guest.memory.view(table + (linear >>> 12 & 0x3FF) * 4, 4).getInt(0),
                "accessed and dirty");
        assertEquals(5, errorOf(linear, PageWalk.READ | PageWalk.USER), "32-bit, kernel's");
        guest.memory.view(directory + (linear >>> 22) * 4, 4).putInt(0, 0x0740_0000 | 0x4000 | 0x87);
        assertEquals(0x2_0740_0000L | linear & 0x3F_FFFF, walk.translate(cpu, linear, PageWalk.READ), "4 MiB, PSE-36");

        cpu.cr0 = 0;
        assertEquals(linear, walk.translate(cpu, linear, PageWalk.WRITE), "no paging");
    }

    @Test
    void tablesOutsideRamEndInAReason() {
        cpu.cr3 = 0x7F_0000_0000L;
        BeyondAssist reason = assertThrows(BeyondAssist.class, () -> walk.translate(cpu, LINEAR, PageWalk.READ));
        assertTrue(reason.getMessage().contains("not in RAM"), reason.getMessage());
    }
}
