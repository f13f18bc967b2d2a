package dev.jvmm.assist;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.bus.BusDevice;
import dev.jvmm.kvm.KvmSystem;
import dev.jvmm.kvm.KvmVcpu;
import dev.jvmm.kvm.Registers;
import dev.jvmm.kvm.SpecialRegisters;
import dev.jvmm.kvm.SpecialRegisters.Segment;
import dev.jvmm.testing.RequiresKvm;
import dev.jvmm.vm.AssistedInstructions;
import dev.jvmm.vm.Outcome;
import dev.jvmm.vm.Outcome.Kind;
import dev.jvmm.vm.VirtualMachine;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A real guest under /dev/kvm in kernel mode: on an emulating host all of it goes through the assist, elsewhere nothing does. */
@RequiresKvm
class KernelModeTest {
    private static final long CODE = 0x20000;
    private static final long USER_CODE = 0x30000;
    private static final long RESULTS = 0x40000;
    private static final long LOG = 0x42000;
    private static final long IDT = 0x50000;
    private static final long GDT = 0x51000;
    private static final long TSS = 0x52000;
    private static final long STACK_TOP = 0x54000;
    private static final long XSAVE_AREA = 0x60000;
    private static final long INITIAL_AREA = 0x62000;
    private static final long USER_DATA = 0x80000;
    private static final long ABSENT = 0x90000;
    private static final long READ_ONLY = 0x91000;
    private static final int[] VECTORS = { 3, 6, 13, 14 };

    private static final long KERNEL = GuestTables.PRESENT | GuestTables.ACCESSED | GuestTables.DIRTY;
    private static final long KERNEL_DATA = KERNEL | GuestTables.WRITABLE | GuestTables.NO_EXECUTE;

    private final GuestTables guest = new GuestTables();
    private final byte[] vectors = new byte[64];

    private void memory() {
        guest.map(CODE, KERNEL);
        guest.write(CODE, KernelModeCode.kernel());
        guest.map(USER_CODE, KERNEL | GuestTables.USER);
        guest.write(USER_CODE, KernelModeCode.user());
        for (long page = RESULTS; page < RESULTS + 0x3000; page += 4096) {
            guest.map(page, KERNEL_DATA);
        }
        for (long page : new long[]{ IDT, GDT, TSS, TSS + 4096, XSAVE_AREA, XSAVE_AREA + 4096, INITIAL_AREA }) {
            guest.map(page, KERNEL_DATA);
        }
        guest.map(USER_DATA, KERNEL_DATA | GuestTables.USER);
        guest.map(READ_ONLY, KERNEL | GuestTables.NO_EXECUTE);
        guest.entryAddress(ABSENT);
        new Random(7).nextBytes(vectors);
        guest.write(USER_DATA, vectors);
        guest.write(INITIAL_AREA + 24, Duel.bytes("801F0000")); // MXCSR
        descriptors();
    }

    private void descriptors() {
        put(GDT + 0x08, 0x00AF9B000000FFFFL);
        put(GDT + 0x10, 0x00CF93000000FFFFL);
        put(GDT + 0x18, 0x00CFF3000000FFFFL);
        put(GDT + 0x20, 0x00AFFB000000FFFFL);
        put(GDT + 0x28, 0x00008B0000000067L | (TSS & 0xFFFFFF) << 16);
        put(TSS + 4, STACK_TOP);
        for (int i = 0; i < VECTORS.length; i++) {
            long target = CODE + KernelModeCode.HANDLERS[i];
            put(IDT + 16 * VECTORS[i], target & 0xFFFF | 0x08L << 16 | 0xEE00L << 32 | target >>> 16 << 48);
            put(IDT + 16 * VECTORS[i] + 8, target >>> 32);
        }
    }

    private void put(long linear, long value) {
        byte[] bytes = new byte[8];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, value);
        guest.write(linear, bytes);
    }

    private static void start(KvmVcpu vcpu) {
        SpecialRegisters special = new SpecialRegisters();
        vcpu.load(special);
        special.setSegment(Segment.CS, 0x08, 0, -1, 0xA09B);
        for (Segment segment : new Segment[]{ Segment.DS, Segment.ES, Segment.SS, Segment.FS, Segment.GS }) {
            special.setSegment(segment, 0x10, 0, -1, 0xC093);
        }
        special.setSegment(Segment.TR, 0x28, TSS, 0x67, 0x8B);
        special.setGdt(GDT, 0x37);
        special.setIdt(IDT, 0xFF);
        special.setCr0(
                ControlBits.CR0_PG | ControlBits.CR0_WP | ControlBits.CR0_NE | ControlBits.CR0_MP | ControlBits.CR0_PE);
        special.setCr3(GuestTables.ROOT);
        special.setCr4(ControlBits.CR4_PAE | ControlBits.CR4_OSFXSR | ControlBits.CR4_OSXSAVE | 1 << 10);
        special.setEfer(ControlBits.EFER_LMA | 1 << 8 | ControlBits.EFER_NXE);
        vcpu.store(special);
        Registers registers = new Registers();
        registers.setRip(CODE);
        registers.setRflags(2);
        registers.setGpr(CpuState.RSP, STACK_TOP);
        vcpu.store(registers);
    }

    @Test
    void everyInstructionOfAKernelWorks() throws InterruptedException {
        memory();
        AssistedInstructions assist = new AssistedInstructions(guest.memory, 1);
        try (VirtualMachine machine = VirtualMachine.create(KvmSystem.open(), guest.memory, 1, assist)) {
            machine.ports().add(0x64, 1, new BusDevice() {
                @Override
                public long read(long offset, int size) {
                    return 0;
                }

                @Override
                public void write(long offset, int size, long value) {
                    machine.end(Outcome.of(Kind.RESET));
                }
            });
            start(machine.vcpu(0));
            machine.start();
            assertEquals(Outcome.of(Kind.RESET), machine.await());
            checkResults(view(RESULTS, 0x200));
            checkLog(view(LOG, 0x200));
            assertArrayEquals(vectors, guest.read(USER_DATA + 64, 64), "YMM0 and YMM15 of the program");
        }
    }

    private ByteBuffer view(long linear, int length) {
        return ByteBuffer.wrap(guest.read(linear, length)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void checkResults(ByteBuffer results) {
        long number = 0x1234567812345678L;
        assertEquals(7, results.getLong(0), "XCR0");
        assertEquals(Long.bitCount(number), results.getLong(8), "popcnt");
        assertEquals(ControlBits.FLAG_AC, results.getLong(16) & ControlBits.FLAG_AC, "stac");
        assertEquals(0, results.getLong(24) & ControlBits.FLAG_AC, "clac");
        assertEquals(0x27F, results.getShort(32), "fldcw");
        assertEquals(0x37E, results.getShort(34), "the second control word");
        assertEquals(0x9FC0, results.getInt(44), "ldmxcsr, stmxcsr");
        assertEquals(0, results.getLong(48), "pxor");
        assertEquals(number, results.getLong(56), "xsave, xrstor");
        assertEquals(1, results.get(64), "cmpxchg16b of equals");
        assertEquals(0, results.get(65), "cmpxchg16b of others");
        assertEquals(number, results.getLong(72), "what cmpxchg16b found, low");
        assertEquals(0x5555, results.getLong(80), "what cmpxchg16b found, high");
        assertTrue(Long.compareUnsigned(results.getLong(88), results.getLong(96)) < 0, "rdtscp goes on");
        assertEquals(integers(number, Integer.numberOfTrailingZeros(Long.bitCount(number))), results.getLong(112));
        assertEquals(1, results.get(120), "verw of kernel data");
        assertEquals(0, results.get(121), "verw of the null selector");
        assertEquals(0, results.getLong(0x120), "XMM15 of another state");
        assertEquals(0, results.getLong(0x128), "XMM15 of another state");
    }

    /** andn, pext, rorx, crc32, as the guest chains them. */
    private static long integers(long number, long zeros) {
        long andn = ~zeros & number;
        long pext = Long.compress(number, andn);
        long rorx = Long.rotateRight(pext, 5);
        int crc = (int) rorx;
        for (int i = 0; i < 64; i++) {
            boolean bit = ((crc ^ number >>> i) & 1) != 0;
            crc = crc >>> 1 ^ (bit ? 0x82F6_3B78 : 0);
        }
        return crc & 0xFFFF_FFFFL;
    }

    /** Each exception of the kernel part, then the two of the program. */
    private void checkLog(ByteBuffer log) {
        long[][] expected = { { 3, 0 }, { 6, 0 }, { 13, 0 }, { 14, 0, ABSENT + 8 }, { 14, 3, READ_ONLY }, { 13, 0 },
            { 6, 0 }, { 6, 0 } };
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i][0], log.getLong(32 * i), "vector of exception " + i);
            assertEquals(expected[i][1], log.getLong(32 * i + 8), "error code of exception " + i);
            if (expected[i].length > 2) {
                long page = log.getLong(32 * i + 16);
                boolean image = expected[i][2] == READ_ONLY;
                assertEquals(expected[i][2], image ? page & -4096L : page, "CR2 of exception " + i);
            }
        }
        assertEquals(0, log.getLong(32 * expected.length), "no more exceptions");
    }
}
