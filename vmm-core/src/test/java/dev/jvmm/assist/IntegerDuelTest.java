package dev.jvmm.assist;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Integer instructions against the running CPU: random registers, random memory, operands that cross pages. */
class IntegerDuelTest {
    private static final int ROUNDS = 400;
    private static final long AF_PF = ControlBits.FLAG_AF | ControlBits.FLAG_PF;

    /** Instruction bytes as {@code prefixes | opcode}; the test makes REX, ModRM and addresses. Feature: leaf.register.bit. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        // name, mandatory prefix, opcode, undefined flags, CPUID leaf, register, bit, register form
        "popcnt, F3, 0FB8, 0, 1, 2, 23, true",
        "tzcnt, F3, 0FBC, 894, 7, 1, 3, true",
        "lzcnt, F3, 0FBD, 894, 80000001, 2, 5, true",
        "crc32 byte, F2, 0F38F0, 0, 1, 2, 20, true",
        "crc32, F2, 0F38F1, 0, 1, 2, 20, true",
        "movbe load, '', 0F38F0, 0, 1, 2, 22, false",
        "movbe store, '', 0F38F1, 0, 1, 2, 22, false",
        "adcx, 66, 0F38F6, 0, 7, 1, 19, true",
        "adox, F3, 0F38F6, 0, 7, 1, 19, true",
    })
    void legacyEncoding(
            String name, String prefix, String opcode, String undefined, String leaf, int register, int bit,
            boolean registerForm) {
        try (Duel duel = new Duel(name.hashCode())) {
            requireFeature(duel, name, leaf, register, bit);
            duel.undefinedFlags = Long.parseLong(undefined, 16);
            Encoder encoder = new Encoder(duel);
            for (int i = 0; i < ROUNDS; i++) {
                duel.shuffle();
                boolean narrow = !prefix.equals("66") && duel.random.nextInt(3) == 0;
                byte[] code = encoder.legacy(narrow ? "66" + prefix : prefix, opcode, registerForm, 8);
                duel.fight(code, encoder.codeOffset(code.length), name + " round " + i + " " + encoder.describe(code));
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        // name, map, pp, opcode, ModRM.reg (-1 any), immediate, undefined flags, CPUID bit of leaf 7 EBX
        "andn, 2, 0, F2, -1, false, 14, 3",
        "blsr, 2, 0, F3, 1, false, 14, 3",
        "blsmsk, 2, 0, F3, 2, false, 14, 3",
        "blsi, 2, 0, F3, 3, false, 14, 3",
        "bzhi, 2, 0, F5, -1, false, 14, 8",
        "pext, 2, 2, F5, -1, false, 0, 8",
        "pdep, 2, 3, F5, -1, false, 0, 8",
        "mulx, 2, 3, F6, -1, false, 0, 8",
        "bextr, 2, 0, F7, -1, false, 94, 3",
        "shlx, 2, 1, F7, -1, false, 0, 8",
        "sarx, 2, 2, F7, -1, false, 0, 8",
        "shrx, 2, 3, F7, -1, false, 0, 8",
        "rorx, 3, 3, F0, -1, true, 0, 8",
    })
    void vexEncoding(String name, int map, int pp, String opcode, int group, boolean immediate, String undefined,
            int bit) {
        try (Duel duel = new Duel(name.hashCode())) {
            requireFeature(duel, name, "7", 1, bit);
            duel.undefinedFlags = Long.parseLong(undefined, 16);
            Encoder encoder = new Encoder(duel);
            for (int i = 0; i < ROUNDS; i++) {
                duel.shuffle();
                byte[] code = encoder.vex(map, pp, Integer.parseInt(opcode, 16), group, immediate, name.equals("rorx"));
                duel.fight(code, encoder.codeOffset(code.length), name + " round " + i + " " + encoder.describe(code));
            }
        }
    }

    @ParameterizedTest(name = "cmpxchg16b, LOCK {0}")
    @CsvSource({ "true", "false" })
    void compareAndExchange16(boolean lock) {
        try (Duel duel = new Duel(16)) {
            requireFeature(duel, "cmpxchg16b", "1", 2, 13);
            int equal = 0;
            for (int i = 0; i < 1000; i++) {
                duel.shuffle();
                int offset = duel.random.nextInt(Duel.DATA_SIZE / 16) * 16;
                int misalign = duel.random.nextInt(10) == 0 ? 1 + duel.random.nextInt(15) : 0;
                duel.register(CpuState.RDI, duel.dataAddress() + Math.min(offset + misalign, Duel.DATA_SIZE - 16));
                boolean match = duel.random.nextBoolean();
                long low = match ? duel.nativeData().getLong(offset)
                        : duel.nativeData().getLong(offset) + duel.random.nextInt(2);
                long high = match ? duel.nativeData().getLong(offset + 8) : duel.random.nextInt(2);
                duel.register(CpuState.RAX, low);
                duel.register(CpuState.RDX, high);
                byte[] code = Duel.bytes((lock ? "F0" : "") + "480FC70F");
                int trap = duel.fight(code, 64, "round " + i);
                equal += trap == NativeCpu.NO_TRAP && (duel.fake.rflags & ControlBits.FLAG_ZF) != 0 ? 1 : 0;
            }
            assertEquals(true, equal > 100, "exchanges that happened: " + equal);
        }
    }

    private static void requireFeature(Duel duel, String name, String leaf, int register, int bit) {
        boolean there = (duel.cpu.cpuid(Integer.parseUnsignedInt(leaf, 16), 0, register) >>> bit & 1) != 0;
        Assumptions.assumeTrue(there, "this CPU has no " + name);
    }
}
