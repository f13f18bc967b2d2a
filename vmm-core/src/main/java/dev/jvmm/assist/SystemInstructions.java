package dev.jvmm.assist;

import java.lang.invoke.VarHandle;

/**
 * Extended control registers, time stamp and processor number, SMAP's flag, segment verification, fences and cache hints.
 *
 * @spec https://www.intel.com/content/www/us/en/developer/articles/technical/intel-sdm.html SDM 2, the instructions' own pages
 */
final class SystemInstructions {
    private static final int MSR_TSC = 0x10;
    private static final int MSR_TSC_AUX = 0xC000_0103;
    private static final long LOW_32 = 0xFFFF_FFFFL;

    /** State components that XCR0 may enable only together: SDM 1, 13.3. */
    private static final long XCR0_X87 = 1;

    private static final long XCR0_SSE = 1 << 1;
    private static final long XCR0_AVX = 1 << 2;
    private static final long XCR0_MPX = 3 << 3;
    private static final long XCR0_AVX512 = 7 << 5;
    private static final long XCR0_AMX = 3 << 17;

    private final LinearMemory memory;
    private final Operands operands;
    private final ExtendedState state;
    private CpuState cpu;
    private Instruction in;

    SystemInstructions(LinearMemory memory, Operands operands, ExtendedState state) {
        this.memory = memory;
        this.operands = operands;
        this.state = state;
    }

    /** 0F 00, 01, 0D, 18 to 1F, and the fences and hints among 0F AE and 0F C7; false for those not finished here. */
    boolean execute(CpuState cpuState, Instruction instruction) {
        cpu = cpuState;
        in = instruction;
        return switch (in.opcode) {
            case 0x00 -> verify();
            case 0x01 -> in.isRegister() && group7(0xC0 | in.group() << 3 | in.rm & 7);
            case 0x0D, 0x18, 0x19, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F -> hint();
            case 0xAE -> in.isRegister() ? fence() : cacheLine();
            case 0xC7 -> readProcessorId();
            default -> false;
        };
    }

    private boolean group7(int modRm) {
        switch (modRm) {
            case 0xCA -> alignmentCheck(false);
            case 0xCB -> alignmentCheck(true);
            case 0xD0 -> readExtendedControl();
            case 0xD1 -> writeExtendedControl();
            case 0xE8 -> {
                plain();
                VarHandle.fullFence(); // SERIALIZE: every exit to here has serialised
            }
            case 0xF9 -> readTimeStamp();
            default -> {
                return false;
            }
        }
        return true;
    }

    private void noLock() {
        if (in.lock) {
            throw GuestFault.invalidOpcode();
        }
    }

    private void plain() {
        if (in.lock || in.prefix != Instruction.PREFIX_NONE) {
            throw GuestFault.invalidOpcode();
        }
    }

    /** CLAC and STAC are #UD outside of CPL 0. */
    private void alignmentCheck(boolean set) {
        plain();
        if (cpu.privilegeLevel() != 0) {
            throw GuestFault.invalidOpcode();
        }
        operands.flags(ControlBits.FLAG_AC, set ? ControlBits.FLAG_AC : 0);
    }

    private void extendedControl() {
        plain();
        if ((cpu.cr4() & ControlBits.CR4_OSXSAVE) == 0) {
            throw GuestFault.invalidOpcode();
        }
    }

    private void readExtendedControl() {
        extendedControl();
        long index = cpu.register(CpuState.RCX) & LOW_32;
        long value;
        if (index == 0) {
            value = cpu.xcr0();
        } else if (index == 1 && state.layout().has(XsaveLayout.HAS_XGETBV1)) {
            long inUse = state.inUse() | (state.mxcsr() != ExtendedState.MXCSR_DEFAULT ? XCR0_SSE : 0);
            value = cpu.xcr0() & inUse;
        } else {
            throw GuestFault.generalProtection();
        }
        result(value);
    }

    /** EDX:EAX, both upper halves cleared. */
    private void result(long value) {
        cpu.register(CpuState.RAX, value & LOW_32);
        cpu.register(CpuState.RDX, value >>> 32);
    }

    private void writeExtendedControl() {
        extendedControl();
        long value = cpu.register(CpuState.RDX) << 32 | cpu.register(CpuState.RAX) & LOW_32;
        if (cpu.privilegeLevel() != 0 || (cpu.register(CpuState.RCX) & LOW_32) != 0
                || !validXcr0(value, state.layout().userMask())) {
            throw GuestFault.generalProtection();
        }
        cpu.xcr0(value);
    }

    /** Whether XCR0 may have this value on a CPU that has those components. */
    static boolean validXcr0(long value, long supported) {
        return (value & ~supported) == 0
                && (value & XCR0_X87) != 0
                && ((value & XCR0_AVX) == 0 || (value & XCR0_SSE) != 0)
                && together(value, XCR0_MPX)
                && together(value, XCR0_AMX)
                && together(value, XCR0_AVX512)
                && ((value & XCR0_AVX512) == 0 || (value & XCR0_AVX) != 0);
    }

    private static boolean together(long value, long bits) {
        return (value & bits) == 0 || (value & bits) == bits;
    }

    private void readTimeStamp() {
        noLock();
        if ((cpu.cr4() & ControlBits.CR4_TSD) != 0 && cpu.privilegeLevel() != 0) {
            throw GuestFault.generalProtection();
        }
        result(cpu.readMsr(MSR_TSC));
        cpu.register(CpuState.RCX, cpu.readMsr(MSR_TSC_AUX) & LOW_32);
    }

    /** F3 0F C7 /7: RDPID. */
    private boolean readProcessorId() {
        if (!in.isRegister() || in.group() != 7 || in.prefix != Instruction.PREFIX_F3) {
            return false;
        }
        noLock();
        operands.register(in.rm, in.longMode ? 8 : 4, cpu.readMsr(MSR_TSC_AUX) & LOW_32);
        return true;
    }

    /** Prefetches, reserved NOPs and ENDBR: nothing is accessed, nothing faults. */
    private boolean hint() {
        noLock();
        return true;
    }

    private boolean fence() {
        if (in.group() < 5 || in.prefix != Instruction.PREFIX_NONE) {
            return false;
        }
        noLock();
        VarHandle.fullFence();
        return true;
    }

    /** CLFLUSH, CLFLUSHOPT and CLWB: host caches are coherent, only the load's faults matter. */
    private boolean cacheLine() {
        boolean flush = in.group() == 7 && in.prefix <= Instruction.PREFIX_66;
        boolean writeBack = in.group() == 6 && in.prefix == Instruction.PREFIX_66;
        if (!flush && !writeBack) {
            return false;
        }
        noLock();
        memory.checkRead(operands.address(1), 1);
        return true;
    }

    /** 0F 00 /4 VERR, /5 VERW: ZF tells whether the segment can be read or written at this privilege level. */
    private boolean verify() {
        if (in.group() != 4 && in.group() != 5) {
            return false;
        }
        boolean real = (cpu.cr0() & ControlBits.CR0_PE) == 0 || (cpu.rflags() & ControlBits.FLAG_VM) != 0;
        if (in.lock || real) {
            throw GuestFault.invalidOpcode();
        }
        int selector = (int) operands.rm(2);
        operands.flags(ControlBits.FLAG_ZF, accessible(selector, in.group() == 5) ? ControlBits.FLAG_ZF : 0);
        return true;
    }

    private boolean accessible(int selector, boolean write) {
        boolean local = (selector & 4) != 0;
        int offset = selector & ~7;
        long limit = local ? cpu.ldtLimit() : cpu.gdtLimit();
        if ((selector & ~3) == 0 || offset + 7 > limit) {
            return false;
        }
        long base = local ? cpu.ldtBase() : cpu.gdtBase();
        long descriptor = memory.read(base + offset, Long.BYTES, PageWalk.IMPLICIT);
        int type = (int) (descriptor >>> 40) & 15;
        boolean codeOrData = (descriptor >>> 44 & 1) != 0;
        boolean code = (type & 8) != 0;
        boolean readOrWrite = (type & 2) != 0;
        boolean conforming = code && (type & 4) != 0;
        int level = (int) (descriptor >>> 45) & 3;
        boolean privileged = level >= cpu.privilegeLevel() && level >= (selector & 3);
        boolean right = write ? !code && readOrWrite : !code || readOrWrite;
        return codeOrData && right && (privileged || conforming && !write);
    }
}
