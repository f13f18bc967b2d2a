package dev.jvmm.assist;

import java.nio.ByteBuffer;

/** The vCPU's x87, SSE, AVX ... state during one instruction: {@link CpuState#xsave()}, fetched when first asked for. */
final class ExtendedState {
    static final int MXCSR_DEFAULT = 0x1F80;
    static final int FCW_DEFAULT = 0x37F;
    static final int FSW_ERROR_SUMMARY = 1 << 7;
    static final int FSW_BUSY = 1 << 15;
    static final int FSW_TOP_SHIFT = 11;
    /** The six exception flags of FSW and masks of FCW. */
    static final int X87_EXCEPTIONS = 0x3F;

    private static final int FCW = 0;
    private static final int FSW = 2;
    private static final int X87_ENVIRONMENT_SIZE = 24;
    /** MXCSR_MASK of a CPU that does not tell: SDM 1, 11.6.6. */
    private static final int MXCSR_MASK_DEFAULT = 0xFFBF;

    private CpuState cpu;
    private ByteBuffer image;
    private XsaveLayout layout;

    void begin(CpuState state) {
        cpu = state;
        image = null;
    }

    /** CPUID does not change while a vCPU runs: asked once. */
    XsaveLayout layout() {
        if (layout == null) {
            layout = new XsaveLayout(cpu);
        }
        return layout;
    }

    /** The image, see {@link CpuState#xsave()}. */
    ByteBuffer image() {
        if (image == null) {
            image = cpu.xsave();
            if (image.capacity() < XsaveLayout.EXTENDED) {
                throw new BeyondAssist("the vCPU's extended state has only " + image.capacity() + " bytes");
            }
        }
        return image;
    }

    /** The components not in their initial state: XINUSE. */
    long inUse() {
        return image().getLong(XsaveLayout.XSTATE_BV);
    }

    void inUse(long components) {
        image().putLong(XsaveLayout.XSTATE_BV, components);
    }

    boolean isInUse(int component) {
        return (inUse() >>> component & 1) != 0;
    }

    /** Makes the component's bytes true: writes its initial state if it is in it. */
    void settle(int component) {
        if (!isInUse(component)) {
            initialise(component);
        }
    }

    /** About to change a component: its bytes become true and it counts as used. */
    void use(int component) {
        settle(component);
        inUse(inUse() | 1L << component);
    }

    /** Writes a component's initial state; MXCSR is no part of it. */
    void initialise(int component) {
        switch (component) {
            case XsaveLayout.X87 -> {
                zero(0, X87_ENVIRONMENT_SIZE);
                zero(XsaveLayout.ST, XsaveLayout.ST_SIZE);
                image().putShort(FCW, (short) FCW_DEFAULT);
            }
            case XsaveLayout.SSE -> zero(XsaveLayout.XMM, XsaveLayout.XMM_SIZE);
            default -> {
                int at = layout().standardOffset(component);
                checkRoom(component);
                zero(at, layout().size(component));
            }
        }
    }

    /** A component must have room in what KVM gave us. */
    void checkRoom(int component) {
        if (layout().standardOffset(component) > image().capacity() - layout().size(component)) {
            throw new BeyondAssist("state component " + component + " is not in the vCPU's extended state");
        }
    }

    private void zero(int from, int length) {
        ByteBuffer bytes = image();
        for (int i = from; i < from + length; i += Long.BYTES) {
            bytes.putLong(i, 0);
        }
    }

    /** To be called after changes: hands the image back. MXCSR counts only with SSE or AVX in use. */
    void changed() {
        if (mxcsr() != MXCSR_DEFAULT) {
            use(XsaveLayout.SSE);
        }
        cpu.xsaveChanged();
    }

    int mxcsr() {
        return image().getInt(XsaveLayout.MXCSR);
    }

    void mxcsr(int value) {
        image().putInt(XsaveLayout.MXCSR, value);
    }

    /** The bits that MXCSR may have. */
    int mxcsrMask() {
        int mask = image().getInt(XsaveLayout.MXCSR_MASK);
        return mask == 0 ? MXCSR_MASK_DEFAULT : mask;
    }

    /** #GP(0) for a reserved bit, as every load of MXCSR has it. */
    void checkMxcsr(int value) {
        if ((value & ~mxcsrMask()) != 0) {
            throw GuestFault.generalProtection();
        }
    }

    int fcw() {
        settle(XsaveLayout.X87);
        return image().getShort(FCW) & 0xFFFF;
    }

    int fsw() {
        settle(XsaveLayout.X87);
        return image().getShort(FSW) & 0xFFFF;
    }

    /** Sets the control word: reserved bits as the CPU keeps them, error summary and busy to match. */
    void fcw(int value) {
        use(XsaveLayout.X87);
        image().putShort(FCW, (short) (value & 0x1F3F | 0x40));
        fsw(fsw());
    }

    /** Sets the status word; error summary and busy follow from flags and masks. */
    void fsw(int value) {
        use(XsaveLayout.X87);
        image().putShort(FSW, (short) summarised(value, fcw()));
    }

    /** SDM 1, 8.1.3.3: ES is set when an unmasked exception is pending, B copies it. */
    static int summarised(int fsw, int fcw) {
        int rest = fsw & ~(FSW_ERROR_SUMMARY | FSW_BUSY);
        return (fsw & ~fcw & X87_EXCEPTIONS) != 0 ? rest | FSW_ERROR_SUMMARY | FSW_BUSY : rest;
    }

    /** Moves TOP. The image has ST(0) first, so registers that stay where they are change their places in it. */
    void top(int newTop) {
        use(XsaveLayout.X87);
        int oldTop = fsw() >>> FSW_TOP_SHIFT & 7;
        long[] registers = new long[16];
        for (int i = 0; i < 16; i++) {
            registers[i] = image().getLong(XsaveLayout.ST + 8 * i);
        }
        for (int i = 0; i < 16; i++) {
            image().putLong(XsaveLayout.ST + 8 * (i + 2 * (oldTop - newTop) & 15), registers[i]);
        }
        fsw(fsw() & ~(7 << FSW_TOP_SHIFT) | newTop << FSW_TOP_SHIFT);
    }

    /** FNINIT: control, status, tag, opcode and pointers; the registers stay. */
    void resetX87() {
        top(0);
        zero(0, X87_ENVIRONMENT_SIZE);
        image().putShort(FCW, (short) FCW_DEFAULT);
    }

    /** Half of an XMM register, 0 the low one. */
    long xmm(int register, int half) {
        settle(XsaveLayout.SSE);
        return image().getLong(XsaveLayout.XMM + 16 * register + 8 * half);
    }

    /** Sets an XMM register; what lies above bit 127 stays, as legacy SSE has it. */
    void xmm(int register, long low, long high) {
        use(XsaveLayout.SSE);
        image().putLong(XsaveLayout.XMM + 16 * register, low);
        image().putLong(XsaveLayout.XMM + 16 * register + 8, high);
    }
}
