package dev.jvmm.assist;

/** The operands of the instruction under way: effective addresses with their checks, registers, memory. */
final class Operands {
    private static final long LOW_32 = 0xFFFF_FFFFL;

    private final LinearMemory memory;
    private CpuState cpu;
    private Instruction instruction;

    Operands(LinearMemory memory) {
        this.memory = memory;
    }

    void begin(CpuState state, Instruction decoded) {
        cpu = state;
        instruction = decoded;
    }

    /**
     * The memory operand's linear address, all {@code size} bytes checked to be canonical or inside the segment's limit.
     *
     * @throws GuestFault #GP(0), or #SS(0) for the stack segment
     */
    long address(int size) {
        Instruction in = instruction;
        long offset = in.displacement;
        if (in.base != Instruction.NO_REGISTER) {
            offset += cpu.register(in.base);
        }
        if (in.index != Instruction.NO_REGISTER) {
            offset += cpu.register(in.index) << in.scale;
        }
        if (in.ripRelative) {
            offset += cpu.rip() + in.length;
        }
        offset &= in.addressSize == 8 ? -1L : in.addressSize == 4 ? LOW_32 : 0xFFFF;
        boolean stack = in.base == CpuState.RSP || in.base == CpuState.RBP;
        int segment = in.segment != Instruction.NO_REGISTER ? in.segment : stack ? CpuState.SS : CpuState.DS;
        return in.longMode ? linear64(segment, offset, size) : linear32(segment, offset, size);
    }

    private long linear64(int segment, long offset, int size) {
        long linear = segment >= CpuState.FS ? offset + cpu.segmentBase(segment) : offset;
        if (!canonical(linear) || !canonical(linear + size - 1)) {
            throw segment == CpuState.SS ? GuestFault.stackFault() : GuestFault.generalProtection();
        }
        return linear;
    }

    private long linear32(int segment, long offset, int size) {
        long limit = cpu.segmentLimit(segment) & LOW_32;
        if (size - 1 > limit || offset > limit - (size - 1)) {
            throw segment == CpuState.SS ? GuestFault.stackFault() : GuestFault.generalProtection();
        }
        return offset + cpu.segmentBase(segment) & LOW_32;
    }

    private boolean canonical(long linear) {
        return isCanonical(cpu, linear);
    }

    /** Whether bits 63 to 47 (56 with 57-bit addresses) are alike. */
    static boolean isCanonical(CpuState cpu, long linear) {
        int unused = (cpu.cr4() & ControlBits.CR4_LA57) != 0 ? 7 : 16;
        return linear << unused >> unused == linear;
    }

    /** A general register's low {@code size} bytes (2, 4 or 8), zero-extended. */
    long register(int number, int size) {
        return truncate(cpu.register(number), size);
    }

    /** Sets a register as an instruction of that operand size does: 4 bytes clear the upper half, 2 leave the rest. */
    void register(int number, int size, long value) {
        long merged = size == 2 ? cpu.register(number) & ~0xFFFFL | value & 0xFFFF : truncate(value, size);
        cpu.register(number, merged);
    }

    /** The r/m operand, zero-extended; a byte register may be AH to BH. */
    long rm(int size) {
        if (!instruction.isRegister()) {
            return memory.read(address(size), size);
        }
        if (size == 1 && !instruction.rexPresent && instruction.rm >= CpuState.RSP) {
            return cpu.register(instruction.rm - CpuState.RSP) >>> 8 & 0xFF;
        }
        return truncate(cpu.register(instruction.rm), size);
    }

    /** ModRM.reg's register. */
    long reg(int size) {
        return register(instruction.reg, size);
    }

    /** Sets ModRM.reg's register. */
    void reg(int size, long value) {
        register(instruction.reg, size, value);
    }

    /** Replaces the arithmetic flags named in {@code mask}. */
    void flags(long mask, long values) {
        cpu.rflags(cpu.rflags() & ~mask | values & mask);
    }

    static long truncate(long value, int size) {
        return size == 8 ? value : value & (1L << 8 * size) - 1;
    }
}
