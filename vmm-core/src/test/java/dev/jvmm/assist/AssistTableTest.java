package dev.jvmm.assist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What user mode can not show: kernel-mode rows from the SDM, other modes, laziness, hostile guests, messages. */
class AssistTableTest {
    private static final long CODE = 0xFFFF_FFFF_8100_0FF0L & -4096L;
    private static final long DATA = 0xFFFF_8880_0010_0000L;
    private static final long KERNEL = GuestTables.PRESENT | GuestTables.WRITABLE;

    private final GuestTables guest = new GuestTables();
    private final FakeCpu cpu = new FakeCpu();
    private final InstructionAssist assist = new InstructionAssist(guest.memory);

    {
        cpu.cr3 = GuestTables.ROOT;
        cpu.privilegeLevel = 0;
        cpu.cpuid(0xD, 0, 0xE7, 2432, 2432, 0);
        cpu.cpuid(0xD, 1, 0xF, 0, 0, 0);
        cpu.cpuid(0xD, 2, 256, 576, 0, 0);
        cpu.cpuid(0xD, 5, 64, 832, 0, 0);
        cpu.cpuid(0xD, 6, 512, 896, 0, 0);
        cpu.cpuid(0xD, 7, 1024, 1408, 0, 0);
        guest.map(CODE, KERNEL);
        guest.entryAddress(CODE + 4096);
        guest.map(DATA, KERNEL | GuestTables.NO_EXECUTE);
        Duel.initialExtended(cpu.xsave);
    }

    @AfterEach
    void close() {
        guest.close();
    }

    private AssistOutcome finish(String code) {
        return finish(code, 0);
    }

    private AssistOutcome finish(String code, int offset) {
        cpu.clearException();
        cpu.rip = CODE + offset;
        guest.write(cpu.rip, Duel.bytes(code));
        return assist.finish(cpu);
    }

    /** CR0, CR4 and CPL as given; the exception, or -1. RAX = 7, RCX = 0, RDX = 0, RBX = data. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "stac, 0F01CB, '', -1", "clac, 0F01CA, '', -1", "stac with F3, F30F01CB, '', 6",
        "xsetbv, 0F01D1, '', -1", "xsetbv without OSXSAVE, 0F01D1, -osxsave, 6",
        "xgetbv without OSXSAVE, 0F01D0, -osxsave, 6",
        "xsave without OSXSAVE, 0FAE23, -osxsave, 6", "xsave with TS, 0FAE23, ts, 7", "xrstor with TS, 0FAE2B, ts, 7",
        "xsave with EM, 0FAE23, em, -1", "xsaves, 0FC72B, '', -1", "xrstors of a standard area, 0FC71B, '', 13",
        "fwait with TS and MP, 9B, ts, 7", "fwait with TS alone, 9B, ts -mp, -1", "fwait with EM, 9B, em, -1",
        "fldcw with TS, D92B, ts, 7", "fldcw with EM, D92B, em, 7", "fninit with TS, DBE3, ts, 7",
        "emms with EM, 0F77, em, 6",
        "ldmxcsr with TS, 0FAE13, ts, 7", "ldmxcsr with EM, 0FAE13, em, 6",
        "ldmxcsr without OSFXSR, 0FAE13, -osfxsr, 6",
        "pxor with TS, 660FEFC1, ts, 7", "pxor with EM, 660FEFC1, em, 6", "pxor without OSFXSR, 660FEFC1, -osfxsr, 6",
        "fxsave with TS, 0FAE03, ts, 7", "fxsave with EM, 0FAE03, em, 7",
        "rdtscp with TSD in the kernel, 0F01F9, tsd, -1", "rdtscp with TSD in a program, 0F01F9, tsd user, 13",
        "andn in real mode, C4E270F2C1, -pe, 6", "verw in real mode, 0F00E9, -pe, 6",
        "xsaveopt that CPUID does not have, 0FAE33, -features, 6",
        "xsavec that CPUID does not have, 0FC723, -features, 6",
        "xsaves that CPUID does not have, 0FC72B, -features, 6",
    })
    void controlBits(String name, String code, String modes, int exception) {
        cpu.registers[CpuState.RAX] = 7;
        cpu.registers[CpuState.RBX] = DATA;
        cpu.cr4 &= modes.contains("-osxsave") ? ~ControlBits.CR4_OSXSAVE : -1;
        cpu.cr4 &= modes.contains("-osfxsr") ? ~ControlBits.CR4_OSFXSR : -1;
        cpu.cr4 |= modes.contains("tsd") ? ControlBits.CR4_TSD : 0;
        cpu.cr0 |= modes.matches("(^|.* )ts.*") && !modes.contains("tsd") ? ControlBits.CR0_TS : 0;
        cpu.cr0 |= modes.contains("em") ? ControlBits.CR0_EM : 0;
        cpu.cr0 &= modes.contains("-mp") ? ~ControlBits.CR0_MP : -1;
        cpu.cr0 &= modes.contains("-pe") ? ~ControlBits.CR0_PE : -1;
        if (modes.contains("-features")) {
            cpu.cpuid(0xD, 1, 0, 0, 0, 0);
        }
        if (modes.contains("user")) {
            cpu.privilegeLevel = 3;
            guest.entry(CODE, guest.entryOf(CODE) | GuestTables.USER);
        }
        assertSame(AssistOutcome.FINISHED, finish(code));
        assertEquals(exception, cpu.exception);
        assertEquals(exception == -1 ? CODE + Duel.bytes(code).length : CODE, cpu.rip);
    }

    /** SDM 1, 13.3, and XSETBV's page. */
    @ParameterizedTest(name = "XCR0 {0} of E7: {1}")
    @CsvSource({
        "1, true", "3, true", "7, true", "E7, true", "0, false", "2, false", "5, false", "6, false", "27, false",
        "67, false",
        "E3, false", "1F, false", "F, false", "207, false", "8000000000000007, false", "100000007, false",
    })
    void xsetbvValues(String value, boolean valid) {
        long bits = Long.parseUnsignedLong(value, 16);
        cpu.registers[CpuState.RAX] = bits & 0xFFFF_FFFFL | 0xABL << 32;
        cpu.registers[CpuState.RDX] = bits >>> 32 | 0xABL << 32;
        long before = cpu.xcr0;
        finish("0F01D1");
        assertEquals(valid ? -1 : 13, cpu.exception);
        assertEquals(valid ? bits : before, cpu.xcr0);
    }

    @Test
    void xsavesAndXrstorsGoRound() {
        Random random = new Random(3);
        XsaveLayout layout = new XsaveLayout(cpu);
        cpu.xcr0 = 0xE7;
        guest.map(DATA - 4096, KERNEL);
        cpu.registers[CpuState.RBX] = DATA - 1024;
        cpu.registers[CpuState.RAX] = -1;
        cpu.registers[CpuState.RDX] = -1;
        for (int i = 0; i < 50; i++) {
            ExtendedImages.random(random, layout, cpu.xcr0, 0xFFBF, cpu.xsave);
            cpu.xsave.putLong(512, 0xE7); // all of it counts
            byte[] before = new byte[2432];
            cpu.xsave.get(0, before);
            assertSame(AssistOutcome.FINISHED, finish("480FC72B"));
            assertEquals(-1, cpu.exception);
            Duel.initialExtended(cpu.xsave);
            assertSame(AssistOutcome.FINISHED, finish("480FC71B"));
            assertEquals(-1, cpu.exception);
            byte[] after = new byte[2432];
            cpu.xsave.get(0, after);
            before[28] = 0; // MXCSR_MASK
            after[28] = 0;
            assertEquals(ByteBuffer.wrap(before), ByteBuffer.wrap(after));
        }
        cpu.cpuid(0xD, 1, 0xF, 0, 0x1800, 0);
        cpu.msrs.put(0xDA0, 0x800L);
        InstructionAssist other = new InstructionAssist(guest.memory);
        cpu.rip = CODE;
        AssistOutcome.Unfinishable refused = assertInstanceOf(AssistOutcome.Unfinishable.class, other.finish(cpu));
        assertTrue(refused.message().contains("clearcpuid=xsaves"), refused.message());
    }

    @Test
    void trapsPointBehindAndFetchNoState() {
        assertSame(AssistOutcome.FINISHED, finish("CC"));
        assertEquals(3, cpu.exception);
        assertEquals(false, cpu.hasErrorCode);
        assertEquals(CODE + 1, cpu.rip);
        finish("F1");
        assertEquals(1, cpu.exception);
        assertEquals(CODE + 1, cpu.rip);
        cpu.registers[CpuState.RBX] = DATA;
        for (String code : new String[]{ "CC", "F30FB8C1", "0F01CB", "480FC70B", "0FAEE8", "0F01F9", "0F00E9",
            "C4E270F2C1" }) {
            finish(code);
            assertEquals(0, cpu.xsaveFetches, code);
        }
    }

    @Test
    void aSingleStepEndsInDebug() {
        cpu.rflags |= ControlBits.FLAG_TF | ControlBits.FLAG_RF;
        finish("F30FB8C1");
        assertTrue(cpu.singleStep);
        assertEquals(0, cpu.rflags & ControlBits.FLAG_RF);
        finish("F0F30FB8C1");
        assertEquals(6, cpu.exception);
        assertEquals(false, cpu.singleStep, "a fault is no completed step");
    }

    @Test
    void aFetchThatFaultsIsTheGuests() {
        cpu.clearException();
        cpu.rip = CODE + 4096;
        assertSame(AssistOutcome.FINISHED, assist.finish(cpu));
        assertEquals(14, cpu.exception);
        assertEquals(16, cpu.errorCode);
        assertEquals(CODE + 4096, cpu.cr2);
        assertSame(AssistOutcome.FINISHED, finishAtPageEnd("F30F"), "crossing into a page that is not there");
        assertEquals(14, cpu.exception);
        assertEquals(CODE + 4096, cpu.cr2);
        assertEquals(CODE + 4094, cpu.rip);
        assertSame(AssistOutcome.FINISHED, finish("F30FB8C1", 4092), "ending with the page");
        assertEquals(-1, cpu.exception);
        cpu.rip = 0x0000_8000_0000_0000L;
        cpu.clearException();
        assist.finish(cpu);
        assertEquals(13, cpu.exception, "RIP not canonical");
    }

    private AssistOutcome finishAtPageEnd(String code) {
        return finish(code, 4096 - Duel.bytes(code).length);
    }

    /** 32-bit code: no REX, segment bases and limits, ModRM without RIP, 16-bit addresses with 67. */
    @Test
    void protectedMode() {
        cpu.efer = ControlBits.EFER_NXE;
        cpu.cr0 &= ~ControlBits.CR0_PG;
        cpu.codeIsLong = false;
        cpu.codeIs32Bit = true;
        cpu.segmentBases[CpuState.CS] = 0x1_0000;
        cpu.segmentBases[CpuState.DS] = 0x2_0000;
        cpu.segmentBases[CpuState.GS] = 0x3_0000;
        guest.memory.view(0x2_1234, 4).putInt(0, 0xF0F0);
        guest.memory.view(0x3_1234, 4).putInt(0, 0xFF);
        flat("F30FB80534120000"); // popcnt eax, [0x1234]
        assertEquals(8, cpu.registers[CpuState.RAX]);
        assertEquals(8, cpu.rip);
        flat("65F30FB80534120000"); // popcnt eax, gs:[0x1234]
        assertEquals(8, cpu.registers[CpuState.RAX]);
        flat("66F30FB80534120000");
        assertEquals(8, cpu.registers[CpuState.RAX]);
        cpu.registers[CpuState.RBX] = 0x1000;
        cpu.registers[CpuState.RSI] = 0xFFFF_0234L;
        flat("67F30FB800"); // popcnt eax, [bx+si]
        assertEquals(8, cpu.registers[CpuState.RAX]);
        cpu.segmentLimit = 0x1236;
        flat("F30FB80534120000");
        assertEquals(13, cpu.exception, "beyond the limit");
        cpu.registers[CpuState.RBP] = 0x1234;
        flat("F30FB84500");
        assertEquals(12, cpu.exception, "beyond the stack's limit");
    }

    private void flat(String code) {
        cpu.clearException();
        cpu.rip = 0;
        guest.memory.write(0x1_0000, Duel.bytes(code));
        assertSame(AssistOutcome.FINISHED, assist.finish(cpu));
    }

    @ParameterizedTest(name = "{0}: {2}")
    @CsvSource({
        "vaddps, C5F458C2, clearcpuid=avx2", "an EVEX move, 62F17C48100000, clearcpuid=avx512f",
        "aesenc, 660F38DCC1, clearcpuid=aes",
        "monitor, 0F01C8, clearcpuid=monitor", "addps, 0F58C1, objdump", "invpcid, 660F388203, clearcpuid=invpcid",
        "mov, 4889C3, hardware virtualization",
    })
    void refusalsSayWhatToDo(String name, String code, String advice) {
        AssistOutcome.Unfinishable refused = assertInstanceOf(AssistOutcome.Unfinishable.class, finish(code));
        String bytes = code.toLowerCase().replaceAll("(..)(?=.)", "$1 ");
        assertTrue(refused.message().contains(bytes), refused.message());
        assertTrue(refused.message().contains("0x" + Long.toHexString(CODE)), refused.message());
        assertTrue(refused.message().contains(advice), refused.message());
        assertEquals(CODE, cpu.rip);
    }

    /** Whatever bytes, registers, tables and modes: an outcome, never an exception. */
    @Test
    void nothingAGuestDoesEscapes() {
        Random random = new Random(99);
        byte[][] seeds = { Duel.bytes("480FAE2B"), Duel.bytes("F30FB803"), Duel.bytes("C4E270F2"), Duel.bytes("0F38F0"),
            Duel.bytes("DB"), Duel.bytes("0FC7"), Duel.bytes("0FAE"), Duel.bytes("0F01"), new byte[0] };
        int finished = 0;
        for (int i = 0; i < 200_000; i++) {
            byte[] code = new byte[16];
            random.nextBytes(code);
            byte[] seed = seeds[random.nextInt(seeds.length)];
            System.arraycopy(seed, 0, code, 0, seed.length);
            guest.write(CODE, code);
            for (int r = 0; r < 16; r++) {
                cpu.registers[r] = random.nextInt(3) == 0 ? random.nextLong() : DATA + random.nextInt(4096) / 16 * 16;
            }
            long leaf = random.nextInt(4) == 0 ? random.nextLong() : guest.entryOf(DATA) & 0x1F_FFFF | 3;
            guest.entry(DATA + (random.nextBoolean() ? 4096 : 0), leaf);
            cpu.cr0 = cpu.cr0 & ~0xE | random.nextInt() & (random.nextInt(8) == 0 ? 0xE : 0);
            cpu.cr4 ^= random.nextInt(32) == 0 ? ControlBits.CR4_OSXSAVE : 0;
            cpu.privilegeLevel = 0;
            cpu.gdtBase = random.nextLong();
            cpu.gdtLimit = 0xFFFF;
            cpu.xcr0 = random.nextInt(4) == 0 ? random.nextLong() : 0xE7;
            if (random.nextInt(50) == 0) {
                for (int at = 0; at < 576; at += 8) {
                    cpu.xsave.putLong(at, random.nextLong());
                }
            }
            cpu.clearException();
            cpu.rip = CODE;
            finished += assist.finish(cpu) == AssistOutcome.FINISHED ? 1 : 0;
        }
        assertTrue(finished > 10_000, finished + " finished");
    }
}
