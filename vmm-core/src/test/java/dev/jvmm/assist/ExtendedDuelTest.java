package dev.jvmm.assist;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** x87 control, MXCSR and SSE moves against the running CPU, from random extended state. */
class ExtendedDuelTest {
    private static final int ROUNDS = 300;

    private final Duel duel = new Duel(0x87);
    private final Encoder encoder = new Encoder(duel);
    private final XsaveLayout layout = new XsaveLayout(duel.fake);

    @AfterEach
    void close() {
        duel.close();
    }

    private void shuffle() {
        duel.shuffle();
        ExtendedImages.random(duel.random, layout, duel.fake.xcr0, duel.mxcsrMask(), duel.cpu.extendedIn());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "fwait, 9B", "fnclex, DBE2", "fninit, DBE3", "fnstsw ax, DFE0", "emms, 0F77",
        "fnclex with 66 F2, 66F2DBE2", "int3, CC",
    })
    void plainBytes(String name, String code) {
        byte[] bytes = Duel.bytes(code);
        for (int i = 0; i < ROUNDS; i++) {
            shuffle();
            duel.fight(bytes, duel.random.nextInt(4096), name + " round " + i);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({ "fldcw, D9, 5, 2", "fnstcw, D9, 7, 2", "fnstsw, DD, 7, 2", "fild m32, DB, 0, 4",
        "stmxcsr, 0FAE, 3, 4" })
    void memoryOperands(String name, String opcode, int group, int size) {
        int faults = 0;
        for (int i = 0; i < 4 * ROUNDS; i++) {
            shuffle();
            byte[] code = encoder.group("", duel.random.nextInt(4) == 0, opcode, group, size);
            int trap = duel.fight(code, encoder.codeOffset(code.length),
                    name + " round " + i + " " + encoder.describe(code));
            faults += trap == GuestFault.X87_ERROR ? 1 : 0;
        }
        boolean waits = name.equals("fldcw") || name.startsWith("fild");
        assertTrue(faults > 0 == waits, faults + " x87 exceptions");
    }

    @Test
    void ldmxcsr() {
        int[] seen = new int[2];
        for (int i = 0; i < 4 * ROUNDS; i++) {
            shuffle();
            int offset = duel.random.nextInt(Duel.DATA_SIZE - 4);
            boolean reserved = duel.random.nextInt(4) == 0;
            int value = duel.random.nextInt() & (reserved ? -1 : duel.mxcsrMask());
            duel.poke(offset,
                    new byte[]{ (byte) value, (byte) (value >> 8), (byte) (value >> 16), (byte) (value >> 24) });
            duel.register(CpuState.RBX, duel.dataAddress() + offset);
            int trap = duel.fight(Duel.bytes("0FAE13"), 0, "ldmxcsr 0x" + Integer.toHexString(value));
            seen[trap == NativeCpu.NO_TRAP ? 0 : 1]++;
        }
        assertTrue(seen[0] > 0 && seen[1] > 0, "both loads and #GP");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        // name, prefix, opcode, operand size, register form, memory form
        "movd/q from general, 66, 0F6E, 8, true, true",
        "movd/q to general, 66, 0F7E, 8, true, true",
        "movq load, F3, 0F7E, 8, true, true",
        "movq store, 66, 0FD6, 8, true, true",
        "movups load, '', 0F10, 16, true, true",
        "movups store, '', 0F11, 16, true, true",
        "movupd load, 66, 0F10, 16, true, true",
        "movupd store, 66, 0F11, 16, true, true",
        "movaps load, '', 0F28, 16, true, true",
        "movaps store, '', 0F29, 16, true, true",
        "movapd load, 66, 0F28, 16, true, true",
        "movapd store, 66, 0F29, 16, true, true",
        "movdqa load, 66, 0F6F, 16, true, true",
        "movdqa store, 66, 0F7F, 16, true, true",
        "movdqu load, F3, 0F6F, 16, true, true",
        "movdqu store, F3, 0F7F, 16, true, true",
        "movntps, '', 0F2B, 16, false, true",
        "movntpd, 66, 0F2B, 16, false, true",
        "movntdq, 66, 0FE7, 16, false, true",
        "andps, '', 0F54, 16, true, true",
        "andnpd, 66, 0F55, 16, true, true",
        "orps, '', 0F56, 16, true, true",
        "xorps, '', 0F57, 16, true, true",
        "pand, 66, 0FDB, 16, true, true",
        "pandn, 66, 0FDF, 16, true, true",
        "por, 66, 0FEB, 16, true, true",
        "pxor, 66, 0FEF, 16, true, true",
    })
    void moves(String name, String prefix, String opcode, int size, boolean registerForm, boolean memoryForm) {
        assertTrue(registerForm || memoryForm);
        encoder.alignOften(size == 16);
        for (int i = 0; i < ROUNDS; i++) {
            shuffle();
            byte[] code = encoder.legacy(prefix, opcode, registerForm, size);
            duel.fight(code, encoder.codeOffset(code.length), name + " round " + i + " " + encoder.describe(code));
        }
    }
}
