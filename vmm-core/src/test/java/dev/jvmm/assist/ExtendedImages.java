package dev.jvmm.assist;

import java.nio.ByteBuffer;
import java.util.Random;

/** Random x87, SSE, AVX ... state that a CPU could have. */
final class ExtendedImages {
    private ExtendedImages() {}

    /** Fills the area in the standard format; some of the components are in their initial state. */
    static void random(Random random, XsaveLayout layout, long enabled, int mxcsrMask, ByteBuffer area) {
        Duel.initialExtended(area);
        long present = random.nextInt(3) == 0 ? enabled : enabled & random.nextLong();
        area.putLong(XsaveLayout.XSTATE_BV, present);
        if (random.nextInt(3) != 0) {
            area.putInt(XsaveLayout.MXCSR, random.nextInt() & mxcsrMask);
        }
        if ((present & 1) != 0) {
            x87(random, area);
        }
        if ((present & 2) != 0) {
            fill(random, area, XsaveLayout.XMM, XsaveLayout.XMM_SIZE);
        }
        for (int i = 2; i < 63; i++) {
            if ((present >>> i & 1) != 0) {
                fill(random, area, layout.standardOffset(i), layout.size(i));
            }
        }
    }

    static void x87(Random random, ByteBuffer area) {
        int control = random.nextInt() & 0x1F3F | 0x40;
        if (random.nextInt(4) != 0) {
            control |= 0x3F;
        }
        area.putShort(0, (short) control);
        int status = ExtendedState.summarised(random.nextInt() & 0x7F7F, control);
        area.putShort(2, (short) status);
        area.put(4, (byte) random.nextInt());
        // AMD CPUs save and restore the pointers of a pending exception only
        boolean pending = (status & ExtendedState.FSW_ERROR_SUMMARY) != 0;
        area.putShort(6, (short) (pending ? random.nextInt() & 0x7FF : 0));
        area.putLong(8, pending ? random.nextLong() >>> 17 : 0);
        area.putLong(16, pending ? random.nextLong() >>> 17 : 0);
        for (int i = 0; i < 8; i++) {
            area.putLong(32 + 16 * i, random.nextLong());
            area.putLong(40 + 16 * i, random.nextInt() & 0xFFFF);
        }
    }

    private static void fill(Random random, ByteBuffer area, int offset, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        area.put(offset, bytes);
    }
}
