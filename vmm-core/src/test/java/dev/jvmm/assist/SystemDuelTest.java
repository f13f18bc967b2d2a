package dev.jvmm.assist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** System instructions, hints and faults against the running CPU, at CPL 3. */
class SystemDuelTest {
    private static final int TSC_AUX = 0xC000_0103;

    private final Duel duel = new Duel(0x515);

    @AfterEach
    void close() {
        duel.close();
    }

    @Test
    void rdpid() {
        readTscAux();
        String[] codes = { "F30FC7F8", "F3480FC7FB", "F3410FC7FF", "66F3450FC7F9" };
        for (int i = 0; i < 100; i++) {
            duel.shuffle();
            duel.fight(Duel.bytes(codes[i % codes.length]), 0, "rdpid " + codes[i % codes.length]);
        }
    }

    /** The running CPU's own number changes when the thread moves, so the fake's follows in a round that agrees. */
    private void readTscAux() {
        duel.shuffle();
        duel.cpu.run(Duel.bytes("0F01F9"), 0);
        duel.fake.msrs.put(TSC_AUX, 0xABCD_0000_0000_0000L | duel.cpu.register(CpuState.RCX));
    }

    @Test
    void rdtscp() {
        readTscAux();
        duel.fake.msrs.put(0x10, 0x1234_5678_9ABC_DEF0L);
        duel.fake.rip = duel.cpu.codeAddress();
        duel.guest.write(duel.fake.rip, Duel.bytes("0F01F9"));
        assertEquals(AssistOutcome.FINISHED, duel.assist.finish(duel.fake));
        assertEquals(0x9ABC_DEF0L, duel.fake.registers[CpuState.RAX]);
        assertEquals(0x1234_5678L, duel.fake.registers[CpuState.RDX]);
        assertEquals(duel.cpu.register(CpuState.RCX), duel.fake.registers[CpuState.RCX]);
        assertEquals(duel.cpu.codeAddress() + 3, duel.fake.rip);
    }

    @ParameterizedTest(name = "xgetbv ECX={0}")
    @CsvSource({ "0", "1", "2", "4294967296", "4294967297" })
    void xgetbv(long index) {
        XsaveLayout layout = new XsaveLayout(duel.fake);
        for (int i = 0; i < 100; i++) {
            duel.shuffle();
            ExtendedImages.random(duel.random, layout, duel.fake.xcr0, duel.mxcsrMask(), duel.cpu.extendedIn());
            duel.register(CpuState.RCX, index);
            int trap = duel.fight(Duel.bytes("0F01D0"), 0, "xgetbv round " + i);
            boolean valid = (int) index == 0 || (int) index == 1 && layout.has(XsaveLayout.HAS_XGETBV1);
            assertEquals(valid ? NativeCpu.NO_TRAP : GuestFault.GENERAL_PROTECTION, trap);
        }
    }

    /** Linux's GDT is known: kernel code 0x10, kernel data 0x18, user code 0x23, user data 0x2B, user 64-bit code 0x33. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({ "verr, 4", "verw, 5" })
    void verify(String name, int group) {
        long gdt = duel.dataAddress() & 0x7FFF_FFFF_F000L;
        gdt = gdt + 0x4000_0000L & -4096L;
        duel.guest.map(gdt, GuestTables.PRESENT);
        long[] descriptors = { 0, 0x00CF9B000000FFFFL, 0x00AF9B000000FFFFL, 0x00CF93000000FFFFL, 0x00CFFB000000FFFFL,
            0x00CFF3000000FFFFL, 0x00AFFB000000FFFFL };
        for (int i = 0; i < descriptors.length; i++) {
            byte[] bytes = new byte[8];
            for (int b = 0; b < 8; b++) {
                bytes[b] = (byte) (descriptors[i] >>> 8 * b);
            }
            duel.guest.write(gdt + 8 * i, bytes);
        }
        duel.fake.gdtBase = gdt;
        duel.fake.gdtLimit = 127;
        Encoder encoder = new Encoder(duel);
        int[] selectors = { 0, 3, 8, 0x10, 0x13, 0x18, 0x1B, 0x20, 0x23, 0x28, 0x2B, 0x30, 0x33, 0xFFF8, 0xFFFB,
            0xFFF4 };
        int accessible = 0;
        for (int i = 0; i < 20 * selectors.length; i++) {
            duel.shuffle();
            int selector = selectors[i % selectors.length];
            duel.poke(100, new byte[]{ (byte) selector, (byte) (selector >> 8) });
            duel.register(CpuState.RBX, duel.random.nextLong() << 16 | selector);
            duel.register(CpuState.RSI, duel.dataAddress() + 100);
            duel.fight(Duel.bytes("0F00" + (group == 4 ? "E3" : "EB")), 0, name + " register " + selector);
            accessible += (duel.fake.rflags & ControlBits.FLAG_ZF) != 0 ? 1 : 0;
            duel.fight(Duel.bytes("0F00" + (group == 4 ? "26" : "2E")), 0, name + " memory " + selector);
            byte[] code = encoder.group("", false, "0F00", group, 2);
            duel.poke(200, new byte[0]);
            if ((code[2] & 0xC7) != 5) {
                duel.fight(Duel.bytes("0F00" + (group == 4 ? "E0" : "E8")), 0, name + " of a random register");
            }
        }
        assertTrue(accessible > 0 && accessible < 20 * selectors.length, accessible + " accessible");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "lfence, 0FAEE8", "mfence, 0FAEF0", "sfence, 0FAEF8", "lfence with rm, 0FAEEB",
        "prefetcht0 of nothing, 0F180D00000000", "prefetchw of nothing, 0F0D0B", "endbr64, F30F1EFA", "nop, 0F1F00",
        "nop with prefixes, 660F1F840000000000",
    })
    void hints(String name, String code) {
        duel.shuffle();
        assertEquals(NativeCpu.NO_TRAP, duel.fight(Duel.bytes(code), 0, name));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({ "clflush, 0FAE3B", "clflushopt, 660FAE3B", "clwb, 660FAE33" })
    void cacheLines(String name, String code) {
        duel.shuffle();
        duel.register(CpuState.RBX, duel.dataAddress() + 77);
        assertEquals(NativeCpu.NO_TRAP, duel.fight(Duel.bytes(code), 0, name));
        duel.register(CpuState.RBX, duel.readOnlyPage() + 5);
        assertEquals(NativeCpu.NO_TRAP, duel.fight(Duel.bytes(code), 0, name + " read-only"));
        duel.register(CpuState.RBX, duel.readOnlyPage() + Duel.PAGE + 5);
        assertEquals(GuestFault.PAGE_FAULT, duel.fight(Duel.bytes(code), 0, name + " absent"));
        duel.register(CpuState.RBX, 1L << 62);
        assertEquals(GuestFault.GENERAL_PROTECTION, duel.fight(Duel.bytes(code), 0, name + " not canonical"));
    }

    /** RBX points to data, RSI to the read-only page, RDI to no page, RDX and RBP to no canonical address. */
    @ParameterizedTest(name = "{0}: exception {2}")
    @CsvSource({
        "stac at CPL 3, 0F01CB, 6", "clac at CPL 3, 0F01CA, 6", "xsetbv at CPL 3, 0F01D1, 13",
        "xsaves at CPL 3, 0FC72B, 13", "xrstors at CPL 3, 0FC71B, 13",
        "lock popcnt, F0F30FB8C1, 6", "lock xgetbv, F00F01D0, 6", "lock xsave, F00FAE23, 6", "lock rdtscp, F00F01F9, 6",
        "lock crc32, F0F20F38F1C1, 6", "lock movbe, F00F38F003, 6", "lock adcx, F0660F38F6C1, 6",
        "lock verw, F00F00EB, 6",
        "lock fldcw, F0D92B, 6", "lock fwait, F09B, 6", "lock lfence, F00FAEE8, 6", "lock clflush, F00FAE3B, 6",
        "lock pxor, F0660FEFC1, 6", "lock stmxcsr, F00FAE1B, 6", "lock rdpid, F0F30FC7F8, 6", "lock nop, F00F1F00, 6",
        "lock emms, F00F77, 6", "lock fxsave, F00FAE03, 6", "lock int3, F0CC, 6",
        "xgetbv with 66, 660F01D0, 6", "xgetbv with F3, F30F01D0, 6",
        "movbe register form, 0F38F0C1, 6",
        "andn with LOCK, F0C4E270F2C1, 6", "andn with 66, 66C4E270F2C1, 6", "andn with F3, F3C4E270F2C1, 6",
        "andn with REX, 40C4E270F2C1, 6", "andn of 256 bits, C4E274F2C1, 6", "rorx with vvvv, C4E373F0C105, 6",
        "popcnt of a read-only byte, F30FB806, -1", "popcnt of no page, F30FB807, 14",
        "popcnt not canonical, F30FB802, 13",
        "popcnt not canonical by RBP, F30FB84500, 12", "popcnt not canonical by RBP with DS, 3EF30FB84500, 12",
        "movbe to a read-only page, 0F38F106, 14", "movbe to no page, 0F38F107, 14",
        "fnstcw to a read-only page, D93E, 14",
        "cmpxchg16b on a read-only page, 480FC70E, 14", "cmpxchg16b misaligned, 480FC74B01, 13",
        "xsave misaligned, 0FAE6308, 13", "xsave to a read-only page, 0FAE26, 14", "xsave not canonical, 0FAE22, 13",
        "xrstor of no page, 0FAE2F, 14", "movaps misaligned, 0F284301, 13",
        "movups crossing into no page, 0F1086F80F0000, 14",
        "movups store crossing from data, 0F1186F8FFFFFF, 14",
        "fifteen bytes, 66666666666666666666F30FB8C149, -1",
        "fifteen bytes and more, 2E2E2E2E2E2E2E2E2E2E2E2EF30FB8C1, 13",
        "REX before a prefix does not count, 48F30FB8C1, -1", "F2 and F3: the later counts, F2F30FB8C1, -1",
    })
    void faults(String name, String code, int exception) {
        duel.shuffle();
        duel.register(CpuState.RBX, duel.dataAddress());
        duel.register(CpuState.RSI, duel.readOnlyPage());
        duel.register(CpuState.RDI, duel.readOnlyPage() + Duel.PAGE);
        duel.register(CpuState.RDX, 0x0001_0000_0000_0000L);
        duel.register(CpuState.RBP, 0x8000_0000_0000_0000L);
        duel.register(CpuState.RAX, -1);
        duel.register(CpuState.RCX, 0);
        byte[] bytes = Duel.bytes(code);
        if (name.equals("fifteen bytes")) {
            bytes = Duel.bytes("2E2E2E2E2E2E2E2E2E2E2EF30FB8C1");
        }
        duel.imageOperand = name.startsWith("x") || name.startsWith("movups");
        assertEquals(exception, duel.fight(bytes, 0, name));
    }
}
