package dev.jvmm.assist;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * XSAVE, XSAVEOPT, XSAVEC, XSAVES, XRSTOR, XRSTORS, FXSAVE, FXRSTOR. The saved registers are in the standard format already,
 * so each is a copy of components between two layouts.
 *
 * <p>An area is checked up to the end of its last requested component before anything moves, used or not: so do the CPUs that
 * this was measured on (AMD Zen 4).
 *
 * <p>XSAVEOPT and XSAVES leave out components in their initial state; the other optimisation (components not modified since
 * the last restore) is allowed, not demanded, and not done.
 *
 * @spec https://www.intel.com/content/www/us/en/developer/articles/technical/intel-sdm.html SDM 1, 13.7 to 13.12
 */
final class XsaveInstructions {
    private static final int MSR_IA32_XSS = 0xDA0;
    private static final int X87_ENVIRONMENT = 24;
    private static final int FIP = 8;
    private static final int FDP = 16;
    private static final int FXSAVE_SIZE = 512;
    /** x87 and SSE have their fixed places. */
    private static final long LEGACY = XsaveLayout.X87_BIT | XsaveLayout.SSE_BIT;

    private static final long LOW_32 = 0xFFFF_FFFFL;

    private final LinearMemory memory;
    private final Operands operands;
    private final ExtendedState state;
    private final ByteBuffer scratch = ByteBuffer.allocate(XsaveLayout.HEADER_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    private CpuState cpu;
    private Instruction in;

    XsaveInstructions(LinearMemory memory, Operands operands, ExtendedState state) {
        this.memory = memory;
        this.operands = operands;
        this.state = state;
    }

    /** 0F AE /0, /1, /4, /5, /6 and 0F C7 /3, /4, /5 with a memory operand and no prefix. */
    boolean execute(CpuState cpuState, Instruction instruction) {
        cpu = cpuState;
        in = instruction;
        switch (in.opcode << 4 | in.group()) {
            case 0xAE0 -> fxsave();
            case 0xAE1 -> fxrstor();
            case 0xAE4 -> saveStandard(false, 0);
            case 0xAE5 -> restore(false);
            case 0xAE6 -> saveStandard(true, XsaveLayout.HAS_XSAVEOPT);
            case 0xC73 -> restore(true);
            case 0xC74 -> saveCompacted(false);
            case 0xC75 -> saveCompacted(true);
            default -> {
                return false;
            }
        }
        return true;
    }

    /** What all of the XSAVE family checks first; the area's address. */
    private long area(int feature, boolean supervisor) {
        if (in.lock || (cpu.cr4() & ControlBits.CR4_OSXSAVE) == 0 || feature != 0 && !state.layout().has(feature)) {
            throw GuestFault.invalidOpcode();
        }
        if ((cpu.cr0() & ControlBits.CR0_TS) != 0) {
            throw GuestFault.deviceNotAvailable();
        }
        if (supervisor && cpu.privilegeLevel() != 0) {
            throw GuestFault.generalProtection();
        }
        return aligned(XsaveLayout.EXTENDED, 64);
    }

    private long aligned(int size, int alignment) {
        long area = operands.address(size);
        if ((area & alignment - 1) != 0) {
            throw GuestFault.generalProtection();
        }
        return area;
    }

    private long enabled() {
        return cpu.xcr0() & state.layout().userMask();
    }

    /** The requested-feature bitmap: EDX:EAX of what is enabled. Enabled components must have room in the image. */
    private long requested(boolean supervisor) {
        if (supervisor && state.layout().supervisorMask() != 0 && cpu.readMsr(MSR_IA32_XSS) != 0) {
            throw new BeyondAssist("supervisor state components are enabled; boot with clearcpuid=xsaves");
        }
        long rfbm = enabled() & (cpu.register(CpuState.RDX) << 32 | cpu.register(CpuState.RAX) & LOW_32);
        for (long rest = rfbm & ~LEGACY; rest != 0; rest &= rest - 1) {
            state.checkRoom(Long.numberOfTrailingZeros(rest));
        }
        return rfbm;
    }

    private void saveStandard(boolean initOptimised, int feature) {
        long area = area(feature, false);
        long rfbm = requested(false);
        long inUse = state.inUse();
        memory.checkWrite(area, end(rfbm, false, 0));
        boolean mxcsr = (rfbm & (XsaveLayout.SSE_BIT | XsaveLayout.AVX_BIT)) != 0;
        save(area, initOptimised ? rfbm & inUse : rfbm, mxcsr, false, 0);
        long old = memory.read(area + XsaveLayout.XSTATE_BV, Long.BYTES);
        memory.write(area + XsaveLayout.XSTATE_BV, Long.BYTES, old & ~rfbm | inUse & rfbm);
    }

    private void saveCompacted(boolean supervisor) {
        long area = area(supervisor ? XsaveLayout.HAS_XSAVES : XsaveLayout.HAS_XSAVEC, supervisor);
        long rfbm = requested(supervisor);
        long inUse = state.inUse();
        if (state.mxcsr() != ExtendedState.MXCSR_DEFAULT) {
            inUse |= XsaveLayout.SSE_BIT;
        }
        memory.checkWrite(area, end(rfbm, true, rfbm));
        long saved = rfbm & inUse;
        save(area, saved, (saved & XsaveLayout.SSE_BIT) != 0, true, rfbm);
        memory.write(area + XsaveLayout.XSTATE_BV, Long.BYTES, saved);
        memory.write(area + XsaveLayout.XCOMP_BV, Long.BYTES, rfbm | XsaveLayout.COMPACTED);
    }

    /** Where a component from 2 on lies; {@code layoutBits} are the compacted format's components. */
    private int offset(int component, boolean compacted, long layoutBits) {
        XsaveLayout layout = state.layout();
        return compacted ? layout.compactedOffset(layoutBits, component) : layout.standardOffset(component);
    }

    /** The end of the area's last component among these, or of the header. */
    private int end(long components, boolean compacted, long layoutBits) {
        int end = XsaveLayout.EXTENDED;
        for (long rest = components & ~LEGACY; rest != 0; rest &= rest - 1) {
            int i = Long.numberOfTrailingZeros(rest);
            end = Math.max(end, offset(i, compacted, layoutBits) + state.layout().size(i));
        }
        return end;
    }

    private void save(long area, long components, boolean mxcsr, boolean compacted, long layoutBits) {
        if ((components & XsaveLayout.X87_BIT) != 0) {
            state.settle(XsaveLayout.X87);
            environment(area);
            memory.write(area + XsaveLayout.ST, state.image(), XsaveLayout.ST, XsaveLayout.ST_SIZE);
        }
        if (mxcsr) {
            memory.write(area + XsaveLayout.MXCSR, Integer.BYTES, state.mxcsr());
            memory.write(area + XsaveLayout.MXCSR_MASK, Integer.BYTES, state.mxcsrMask());
        }
        if ((components & XsaveLayout.SSE_BIT) != 0) {
            state.settle(XsaveLayout.SSE);
            memory.write(area + XsaveLayout.XMM, state.image(), XsaveLayout.XMM, XsaveLayout.XMM_SIZE);
        }
        for (long rest = components & ~LEGACY; rest != 0; rest &= rest - 1) {
            int i = Long.numberOfTrailingZeros(rest);
            state.settle(i);
            memory.write(area + offset(i, compacted, layoutBits), state.image(), state.layout().standardOffset(i),
                    state.layout().size(i));
        }
    }

    /** x87 control words and pointers; without REX.W the pointers are 32 bits and a selector, saved as 0. */
    private void environment(long area) {
        scratch.put(0, state.image(), 0, X87_ENVIRONMENT);
        if (!in.rexW) {
            scratch.putLong(FIP, scratch.getLong(FIP) & LOW_32);
            scratch.putLong(FDP, scratch.getLong(FDP) & LOW_32);
        }
        memory.write(area, scratch, 0, X87_ENVIRONMENT);
    }

    private void restore(boolean supervisor) {
        long area = area(supervisor ? XsaveLayout.HAS_XSAVES : 0, supervisor);
        long rfbm = requested(supervisor);
        memory.read(area + XsaveLayout.XSTATE_BV, scratch, 0, XsaveLayout.HEADER_SIZE);
        long present = scratch.getLong(0);
        long layoutBits = scratch.getLong(XsaveLayout.XCOMP_BV - XsaveLayout.XSTATE_BV);
        boolean compacted = layoutBits < 0;
        checkHeader(supervisor, compacted, present, layoutBits);
        long components = layoutBits & ~XsaveLayout.COMPACTED;
        long loaded = rfbm & present;
        boolean mxcsr = compacted
                ? (loaded & XsaveLayout.SSE_BIT) != 0
                : (rfbm & (XsaveLayout.SSE_BIT | XsaveLayout.AVX_BIT)) != 0;
        memory.checkRead(area, end(compacted ? loaded : rfbm, compacted, components));
        if (mxcsr) {
            loadMxcsr(area);
        } else if (compacted && (rfbm & XsaveLayout.SSE_BIT) != 0) {
            state.mxcsr(ExtendedState.MXCSR_DEFAULT);
        }
        load(area, loaded, compacted, components);
        for (long rest = rfbm & ~loaded; rest != 0; rest &= rest - 1) {
            state.initialise(Long.numberOfTrailingZeros(rest));
        }
        state.inUse(state.inUse() & ~rfbm | loaded);
        state.changed();
    }

    /** SDM 1, 13.8 and 13.12: what makes #GP(0). */
    private void checkHeader(boolean supervisor, boolean compacted, long present, long layoutBits) {
        long enabled = enabled();
        boolean good;
        if (compacted) {
            long components = layoutBits & ~XsaveLayout.COMPACTED;
            good = state.layout().has(XsaveLayout.HAS_XSAVEC) && (components & ~enabled) == 0
                    && (present & ~components) == 0;
            for (int i = 16; i < XsaveLayout.HEADER_SIZE; i += Long.BYTES) {
                good &= scratch.getLong(i) == 0;
            }
        } else {
            good = !supervisor && (present & ~enabled) == 0 && layoutBits == 0 && scratch.getLong(16) == 0;
        }
        if (!good) {
            throw GuestFault.generalProtection();
        }
    }

    private void loadMxcsr(long area) {
        int value = (int) memory.read(area + XsaveLayout.MXCSR, Integer.BYTES);
        state.checkMxcsr(value);
        state.mxcsr(value);
    }

    private void load(long area, long loaded, boolean compacted, long components) {
        if ((loaded & XsaveLayout.X87_BIT) != 0) {
            loadX87(area);
        }
        if ((loaded & XsaveLayout.SSE_BIT) != 0) {
            memory.read(area + XsaveLayout.XMM, state.image(), XsaveLayout.XMM, XsaveLayout.XMM_SIZE);
        }
        for (long rest = loaded & ~LEGACY; rest != 0; rest &= rest - 1) {
            int i = Long.numberOfTrailingZeros(rest);
            memory.read(area + offset(i, compacted, components), state.image(), state.layout().standardOffset(i),
                    state.layout().size(i));
        }
    }

    /** Reserved bits and bytes become what the CPU would save. */
    private void loadX87(long area) {
        ByteBuffer image = state.image();
        memory.read(area, image, 0, X87_ENVIRONMENT);
        memory.read(area + XsaveLayout.ST, image, XsaveLayout.ST, XsaveLayout.ST_SIZE);
        image.put(5, (byte) 0);
        image.putShort(6, (short) (image.getShort(6) & 0x7FF)); // FOP
        if (!in.rexW) {
            image.putLong(FIP, image.getLong(FIP) & LOW_32);
            image.putLong(FDP, image.getLong(FDP) & LOW_32);
        }
        for (int i = 0; i < 8; i++) {
            int high = XsaveLayout.ST + 16 * i + 8;
            image.putLong(high, image.getLong(high) & 0xFFFF);
        }
        state.inUse(state.inUse() | XsaveLayout.X87_BIT);
        state.fcw(image.getShort(0));
    }

    private void fxArea() {
        if (in.lock) {
            throw GuestFault.invalidOpcode();
        }
        if ((cpu.cr0() & (ControlBits.CR0_EM | ControlBits.CR0_TS)) != 0) {
            throw GuestFault.deviceNotAvailable();
        }
    }

    /** AMD's fast FXSAVE leaves out the XMM registers in the kernel; without CR4.OSFXSR they may be left out. */
    private boolean fxHasXmm() {
        boolean fast = (cpu.efer() & ControlBits.EFER_FFXSR) != 0 && cpu.privilegeLevel() == 0 && in.longMode;
        return !fast && (cpu.cr4() & ControlBits.CR4_OSFXSR) != 0;
    }

    private void fxsave() {
        fxArea();
        long area = aligned(FXSAVE_SIZE, 16);
        long components = XsaveLayout.X87_BIT | (fxHasXmm() ? XsaveLayout.SSE_BIT : 0);
        memory.checkWrite(area, FXSAVE_SIZE);
        save(area, components, true, false, 0);
    }

    private void fxrstor() {
        fxArea();
        long area = aligned(FXSAVE_SIZE, 16);
        memory.checkRead(area, FXSAVE_SIZE);
        loadMxcsr(area);
        long components = XsaveLayout.X87_BIT | (fxHasXmm() ? XsaveLayout.SSE_BIT : 0);
        load(area, components, false, 0);
        state.inUse(state.inUse() | components);
        state.changed();
    }
}
