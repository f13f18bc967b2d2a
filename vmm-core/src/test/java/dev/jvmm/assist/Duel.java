package dev.jvmm.assist;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.jvmm.linux.Mapping;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;

/**
 * The same instruction with the same registers, flags, extended state and memory on the running CPU and through the assist:
 * the results must be alike. Linear addresses are the same on both sides, so registers can hold them.
 *
 * <p>Data pages: {@link #DATA_PAGES} readable and writable ones, then one read-only, then one that is not there.
 */
final class Duel implements AutoCloseable {
    static final int PAGE = 4096;
    static final int DATA_PAGES = 5;
    static final int DATA_SIZE = DATA_PAGES * PAGE;

    private static final long USER_DATA = GuestTables.PRESENT | GuestTables.USER | GuestTables.NO_EXECUTE;
    private static final int FLAGS_KEPT = 0x8D5 | 0x400;

    final NativeCpu cpu = new NativeCpu();
    final FakeCpu fake = new FakeCpu();
    final GuestTables guest = new GuestTables();
    final InstructionAssist assist = new InstructionAssist(guest.memory);
    final Random random;
    private final Mapping data;
    private final ByteBuffer dataBytes;
    private final byte[] before = new byte[DATA_SIZE];
    /** Flags that the manual leaves undefined. */
    long undefinedFlags;
    /** The operand is an XSAVE area. */
    boolean imageOperand;

    Duel(long seed) {
        random = new Random(seed);
        data = Mapping.anonymous((DATA_PAGES + 2) * (long) PAGE, 0);
        dataBytes = data.view(0, DATA_SIZE + PAGE);
        cpu.protect(readOnlyPage(), PAGE, Mapping.PROT_READ);
        dataBytes.get(DATA_SIZE); // brings it in: the error code of a write shall say "present"
        cpu.protect(readOnlyPage() + PAGE, PAGE, 0);
        for (int i = 0; i < DATA_PAGES; i++) {
            guest.map(data.address() + i * PAGE, USER_DATA | GuestTables.WRITABLE);
        }
        guest.map(readOnlyPage(), USER_DATA);
        guest.entryAddress(readOnlyPage() + PAGE); // tables, but no page
        guest.map(cpu.codeAddress(), GuestTables.PRESENT | GuestTables.USER);
        guest.map(cpu.codeAddress() + PAGE, GuestTables.PRESENT | GuestTables.USER);
        fake.cr3 = GuestTables.ROOT;
        copyCpuid();
        initialExtended(cpu.extendedIn());
        cpu.flags(0x202);
        cpu.run(bytes("90"), 0); // for a first look at MXCSR_MASK
    }

    private void copyCpuid() {
        for (int i = 0; i < 63; i++) {
            fake.cpuid(0xD, i, cpu.cpuid(0xD, i, 0), cpu.cpuid(0xD, i, 1), cpu.cpuid(0xD, i, 2), cpu.cpuid(0xD, i, 3));
        }
        fake.cpuid(0x8000_0008, 0, cpu.cpuid(0x8000_0008, 0, 0), 0, 0, 0);
        fake.xcr0 = fake.cpuid(0xD, 0, 0) & 0xE7; // what Linux enables, short of keys and tiles
    }

    /** The first of the writable data bytes. */
    long dataAddress() {
        return data.address();
    }

    long readOnlyPage() {
        return data.address() + DATA_SIZE;
    }

    static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    /** All components in their initial state. */
    static void initialExtended(ByteBuffer area) {
        for (int i = 0; i < NativeCpu.XSAVE_SIZE; i += 8) {
            area.putLong(i, 0);
        }
        area.putShort(0, (short) 0x37F);
        area.putInt(24, 0x1F80);
        area.putInt(28, 0);
    }

    /** New random registers, flags and data bytes. */
    void shuffle() {
        for (int i = 0; i < 16; i++) {
            if (i != CpuState.RSP) {
                cpu.register(i, randomValue());
            }
        }
        cpu.flags(random.nextLong() & 0x8D5 | 0x202);
        random.nextBytes(before);
        dataBytes.put(0, before);
        guest.write(data.address(), before);
    }

    /** Random bits, often few of them or none. */
    long randomValue() {
        return switch (random.nextInt(8)) {
            case 0 -> random.nextInt(3) - 1;
            case 1 -> 1L << random.nextInt(64);
            case 2 -> random.nextLong() & random.nextLong() & random.nextLong();
            case 3 -> random.nextInt(0x10000);
            case 4 -> random.nextLong() << random.nextInt(64);
            default -> random.nextLong();
        };
    }

    void register(int number, long value) {
        cpu.register(number, value);
    }

    /** Writes the same bytes on both sides. */
    void poke(int offset, byte[] bytes) {
        dataBytes.put(offset, bytes);
        guest.write(data.address() + offset, bytes);
    }

    /** The native side's data after the run. */
    ByteBuffer nativeData() {
        return dataBytes;
    }

    /**
     * Runs on both and compares everything. Returns the exception both raised, or {@link NativeCpu#NO_TRAP}.
     *
     * <p>The assist is deterministic; the CPU is not quite: an interrupt in between can leave a component marked as in use that
     * was in its initial state. So a difference counts when it is there three times.
     */
    int fight(byte[] instruction, int codeOffset, String what) {
        long[] registers = new long[16];
        for (int i = 0; i < 16; i++) {
            registers[i] = cpu.register(i);
        }
        long flags = cpu.flags();
        byte[] bytes = new byte[DATA_SIZE];
        dataBytes.get(0, bytes);
        for (int attempt = 1;; attempt++) {
            try {
                fightOnce(instruction, codeOffset, what);
                return cpu.trap();
            } catch (AssertionError e) {
                if (attempt == 3) {
                    throw e;
                }
            }
            for (int i = 0; i < 16; i++) {
                cpu.register(i, registers[i]);
            }
            cpu.flags(flags);
            poke(0, bytes);
        }
    }

    private void fightOnce(byte[] instruction, int codeOffset, String what) {
        ByteBuffer extendedIn = cpu.extendedIn();
        fake.clearException();
        fake.xsave.put(0, extendedIn, 0, NativeCpu.XSAVE_SIZE);
        fake.xsave.putInt(XsaveLayout.MXCSR_MASK, mxcsrMask());
        for (int i = 0; i < 16; i++) {
            fake.registers[i] = cpu.register(i);
        }
        fake.rflags = cpu.flags();
        fake.rip = cpu.codeAddress() + codeOffset;
        guest.write(fake.rip, instruction);

        cpu.run(instruction, codeOffset);
        AssistOutcome outcome = assist.finish(fake);
        assertSame(AssistOutcome.FINISHED, outcome, what + ": " + outcome);
        compare(instruction, codeOffset, what);
    }

    private void compare(byte[] instruction, int codeOffset, String what) {
        assertEquals(cpu.trap(), fake.exception, what + ": exception");
        long end = cpu.codeAddress() + codeOffset + instruction.length;
        if (cpu.trap() == NativeCpu.NO_TRAP) {
            assertEquals(end, fake.rip, what + ": RIP");
            assertEquals((cpu.flags() & ControlBits.FLAG_IF) != 0 ? 1 : 0, fake.retired, what + ": retired");
        } else {
            assertEquals(cpu.trapRip(), fake.rip, what + ": RIP of the fault");
            if (fake.hasErrorCode) {
                assertEquals(cpu.trapError(), fake.errorCode, what + ": error code");
            }
            if (cpu.trap() == 14) {
                // which byte of a state image faults first is the CPU's own business
                long mask = imageOperand ? -PAGE : -1;
                assertEquals(cpu.trapAddress() & mask, fake.cr2 & mask, what + ": CR2");
            }
        }
        for (int i = 0; i < 16; i++) {
            if (i != CpuState.RSP) {
                assertEquals(Long.toHexString(cpu.register(i)), Long.toHexString(fake.registers[i]),
                        what + ": register " + i);
            }
        }
        long compared = FLAGS_KEPT & ~undefinedFlags;
        assertEquals(
                Long.toHexString(cpu.flags() & compared), Long.toHexString(fake.rflags & compared), what + ": flags");
        byte[] nativeBytes = new byte[DATA_SIZE];
        dataBytes.get(0, nativeBytes);
        assertArrayEquals(nativeBytes, guest.read(data.address(), DATA_SIZE), what + ": memory");
        compareExtended(what);
    }

    /** Component by component; one that is in its initial state has no bytes that count. */
    private void compareExtended(String what) {
        ByteBuffer out = cpu.extendedOut();
        ExtendedState state = new ExtendedState();
        state.begin(fake);
        XsaveLayout layout = state.layout();
        assertEquals(out.getInt(24), fake.xsave.getInt(24), what + ": MXCSR");
        for (int i = 0; i < 63; i++) {
            if ((fake.xcr0 >>> i & 1) == 0) {
                continue;
            }
            state.settle(i);
            if (i == XsaveLayout.X87) {
                boolean pending = (out.getShort(2) & ExtendedState.FSW_ERROR_SUMMARY) != 0;
                same(out, 0, pending ? 24 : 6, what + ": x87 environment");
                same(out, 32, 128, what + ": x87 registers");
            } else if (i == XsaveLayout.SSE) {
                same(out, 160, 256, what + ": XMM");
            } else {
                same(out, layout.standardOffset(i), layout.size(i), what + ": component " + i);
            }
        }
    }

    private void same(ByteBuffer out, int offset, int length, String what) {
        byte[] expected = new byte[length];
        byte[] actual = new byte[length];
        out.get(offset, expected);
        fake.xsave.get(offset, actual);
        if (offset == 0) {
            expected[5] = actual[5]; // reserved
        }
        assertEquals(HexFormat.of().formatHex(expected), HexFormat.of().formatHex(actual), what);
    }

    /** The running CPU's MXCSR_MASK, as FXSAVE and XSAVE give it. */
    int mxcsrMask() {
        return cpu.extendedOut().getInt(28);
    }

    @Override
    public void close() {
        guest.close();
        data.close();
        cpu.close();
    }
}
