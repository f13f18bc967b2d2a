package dev.jvmm.assist;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** State images against the running CPU: any mask, any header, areas that cross pages or run into ones that can not be used. */
class XsaveDuelTest {
    private static final int ROUNDS = 600;

    private final Duel duel = new Duel(0x5A7E);
    private XsaveLayout layout;
    private int mxcsrMask;

    @BeforeEach
    void look() {
        layout = new XsaveLayout(duel.fake);
        mxcsrMask = duel.mxcsrMask();
        duel.imageOperand = true;
    }

    @AfterEach
    void close() {
        duel.close();
    }

    /** An area in RDI, a mask in EDX:EAX; sometimes misaligned, sometimes with its tail where it can not be. */
    private int place(int alignment, boolean reads) {
        // the data's last page can be read only, the one behind it not at all
        int fault = reads ? Duel.PAGE : 0;
        int offset = duel.random.nextInt((Duel.DATA_SIZE - 4096) / 64) * 64;
        int kind = duel.random.nextInt(16);
        if (kind == 0) {
            offset += duel.random.nextInt(64);
        } else if (kind == 1) {
            offset = Duel.DATA_SIZE + fault - 64 * duel.random.nextInt(40);
        } else if (alignment == 16) {
            offset += 16 * duel.random.nextInt(4);
        }
        duel.register(CpuState.RDI, duel.dataAddress() + offset);
        long mask = duel.random.nextInt(3) == 0 ? -1L : duel.random.nextLong() | duel.random.nextLong();
        duel.register(CpuState.RAX, mask);
        duel.register(CpuState.RDX, mask >>> 32 ^ duel.random.nextLong() << 32);
        return offset;
    }

    private void shuffle() {
        duel.shuffle();
        ExtendedImages.random(duel.random, layout, duel.fake.xcr0, mxcsrMask, duel.cpu.extendedIn());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "xsave64, 480FAE27, 64", "xsaveopt64, 480FAE37, 64", "xsavec64, 480FC727, 64", "fxsave64, 480FAE07, 16",
    })
    void saves(String name, String code, int alignment) {
        requireFeature(name);
        int[] faults = new int[32];
        for (int i = 0; i < ROUNDS; i++) {
            shuffle();
            int offset = place(alignment, false);
            int trap = duel.fight(Duel.bytes(code), 128, name + " round " + i + " at " + offset);
            faults[trap & 31]++;
        }
        assertTrue(faults[31] > ROUNDS / 2 && faults[13] > 0 && faults[14] > 0, "saved, #GP and #PF were all seen");
    }

    /** The 32-bit forms, from state whose x87 pointers fit. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({ "xsave, 0FAE27", "xsaveopt, 0FAE37", "xsavec, 0FC727", "fxsave, 0FAE07" })
    void savesWithShortPointers(String name, String code) {
        requireFeature(name);
        for (int i = 0; i < ROUNDS / 4; i++) {
            shuffle();
            ByteBuffer in = duel.cpu.extendedIn();
            in.putLong(8, 0);
            in.putLong(16, 0);
            in.putLong(XsaveLayout.XSTATE_BV, in.getLong(XsaveLayout.XSTATE_BV) & ~1L);
            int offset = place(64, false);
            duel.fight(Duel.bytes(code), 128, name + " round " + i + " at " + offset);
        }
    }

    @Test
    void restoresStandard() {
        int[] faults = new int[32];
        for (int i = 0; i < 2 * ROUNDS; i++) {
            shuffle();
            ByteBuffer area = area();
            damage(area);
            faults[restore("480FAE2F", area, i) & 31]++;
        }
        assertTrue(faults[31] > ROUNDS / 2 && faults[13] > 0 && faults[14] > 0, "loaded, #GP and #PF were all seen");
    }

    @Test
    void restoresCompacted() {
        requireFeature("xsavec");
        int[] faults = new int[32];
        for (int i = 0; i < 2 * ROUNDS; i++) {
            shuffle();
            ByteBuffer area = compacted(area());
            damage(area);
            faults[restore("480FAE2F", area, i) & 31]++;
        }
        assertTrue(faults[31] > ROUNDS / 2 && faults[13] > 0 && faults[14] > 0, "loaded, #GP and #PF were all seen");
    }

    @Test
    void fxrstor() {
        for (int i = 0; i < ROUNDS; i++) {
            shuffle();
            ByteBuffer area = area();
            area.putLong(XsaveLayout.XSTATE_BV, 0);
            restore("480FAE0F", area, i);
        }
    }

    private int restore(String code, ByteBuffer area, int round) {
        int offset = place(64, true);
        int room = Math.min(area.capacity(), Duel.DATA_SIZE - offset);
        if (room > 0) {
            byte[] bytes = new byte[room];
            area.get(0, bytes);
            duel.poke(offset, bytes);
        }
        return duel.fight(Duel.bytes(code), 128, "restore round " + round + " at " + offset);
    }

    private ByteBuffer area() {
        ByteBuffer area = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        ExtendedImages.random(duel.random, layout, duel.fake.xcr0, mxcsrMask, area);
        if ((area.getLong(XsaveLayout.XSTATE_BV) & 1) == 0 && duel.random.nextBoolean()) {
            ExtendedImages.x87(duel.random, area); // bytes that must not be looked at
        }
        return area;
    }

    /** The same state with the components of a random XCOMP_BV packed. */
    private ByteBuffer compacted(ByteBuffer standard) {
        ByteBuffer area = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        area.put(0, standard, 0, XsaveLayout.EXTENDED);
        long present = standard.getLong(XsaveLayout.XSTATE_BV);
        long components = present | duel.fake.xcr0 & duel.random.nextLong();
        area.putLong(XsaveLayout.XCOMP_BV, components | XsaveLayout.COMPACTED);
        for (int i = 2; i < 63; i++) {
            if ((present >>> i & 1) != 0) {
                area.put(layout.compactedOffset(components, i), standard, layout.standardOffset(i), layout.size(i));
            }
        }
        return area;
    }

    /** Now and then, what the header or MXCSR must not have, or may. */
    private void damage(ByteBuffer area) {
        int bit = duel.random.nextInt(64);
        switch (duel.random.nextInt(24)) {
            case 0 -> area.putLong(XsaveLayout.XSTATE_BV, area.getLong(XsaveLayout.XSTATE_BV) ^ 1L << bit);
            case 1 -> area.putLong(XsaveLayout.XCOMP_BV, area.getLong(XsaveLayout.XCOMP_BV) ^ 1L << bit);
            case 2 -> area.putLong(528, 1L << bit);
            case 3 -> area.putLong(536 + 8 * duel.random.nextInt(5), 1L << bit);
            case 4 -> area.putInt(XsaveLayout.MXCSR, 1 << (bit & 31));
            case 5 -> area.putInt(XsaveLayout.MXCSR_MASK, 1 << (bit & 31));
            case 6 -> area.putShort(0, (short) duel.random.nextInt());
            case 7 -> area.putLong(416 + 8 * (bit % 12), -1);
            default -> {
                // an honest area
            }
        }
    }

    private void requireFeature(String name) {
        int bit = name.startsWith("xsaveopt") ? XsaveLayout.HAS_XSAVEOPT
                : name.startsWith("xsavec") ? XsaveLayout.HAS_XSAVEC : 0;
        org.junit.jupiter.api.Assumptions.assumeTrue(bit == 0 || layout.has(bit), "this CPU has no " + name);
    }
}
