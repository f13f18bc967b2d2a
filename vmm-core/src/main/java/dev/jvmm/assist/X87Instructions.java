package dev.jvmm.assist;

/**
 * The x87 control instructions that kernels use outside of arithmetic, and the FILD with which Linux clears leaked pointers.
 *
 * @spec https://www.intel.com/content/www/us/en/developer/articles/technical/intel-sdm.html SDM 2A, FLDCW, FSTCW, FSTSW, FINIT, ...
 */
final class X87Instructions {
    private static final int FSW_C1 = 1 << 9;
    private static final int FSW_STACK_FAULT = 1 << 6;
    private static final int FSW_INVALID = 1;
    private static final int FTW = 4;
    /** Sign and exponent of the default NaN, its significand. */
    private static final int NAN_HIGH = 0xFFFF;

    private static final long NAN_LOW = 0xC000_0000_0000_0000L;
    private static final int EXPONENT_BIAS = 16383;

    private final LinearMemory memory;
    private final Operands operands;
    private final ExtendedState state;
    private CpuState cpu;

    X87Instructions(LinearMemory memory, Operands operands, ExtendedState state) {
        this.memory = memory;
        this.operands = operands;
        this.state = state;
    }

    /** FWAIT, and the escape opcodes D8 to DF; false for those not finished here. */
    boolean execute(CpuState cpuState, Instruction in) {
        cpu = cpuState;
        if (in.lock) {
            throw GuestFault.invalidOpcode();
        }
        if (in.opcode == 0x9B) {
            fwait();
            return true;
        }
        return in.isRegister() ? registerForm(in) : memoryForm(in);
    }

    /** FWAIT minds CR0.MP and TS together, and not EM. */
    private void fwait() {
        long both = ControlBits.CR0_MP | ControlBits.CR0_TS;
        if ((cpu.cr0() & both) == both) {
            throw GuestFault.deviceNotAvailable();
        }
        checkPending();
    }

    /** EMMS is of the 0F map, but empties the x87 tags and, as every MMX instruction, clears TOP. */
    boolean emms(CpuState cpuState, Instruction in) {
        cpu = cpuState;
        if (in.lock || in.prefix != Instruction.PREFIX_NONE || (cpu.cr0() & ControlBits.CR0_EM) != 0) {
            throw GuestFault.invalidOpcode();
        }
        available();
        checkPending();
        state.use(XsaveLayout.X87);
        state.image().put(FTW, (byte) 0);
        state.top(0);
        state.changed();
        return true;
    }

    private void available() {
        if ((cpu.cr0() & (ControlBits.CR0_EM | ControlBits.CR0_TS)) != 0) {
            throw GuestFault.deviceNotAvailable();
        }
    }

    /** A pending unmasked exception is raised by the next waiting instruction. */
    private void checkPending() {
        if ((state.fsw() & ~state.fcw() & ExtendedState.X87_EXCEPTIONS) == 0) {
            return;
        }
        if ((cpu.cr0() & ControlBits.CR0_NE) == 0) {
            throw new BeyondAssist("an x87 exception is pending with CR0.NE clear (the PC's IRQ 13)");
        }
        throw GuestFault.x87Error();
    }

    private boolean registerForm(Instruction in) {
        int form = in.opcode << 8 | 0xC0 | in.group() << 3 | in.rm & 7;
        switch (form) {
            case 0xDBE2 -> { // FNCLEX
                available();
                state.fsw(state.fsw() & 0x7F00);
                state.changed();
            }
            case 0xDBE3 -> { // FNINIT
                available();
                state.resetX87();
                state.changed();
            }
            case 0xDFE0 -> { // FNSTSW AX
                available();
                operands.register(CpuState.RAX, 2, state.fsw());
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean memoryForm(Instruction in) {
        switch (in.opcode << 4 | in.group()) {
            case 0xD95 -> { // FLDCW
                available();
                checkPending();
                int value = (int) memory.read(operands.address(2), 2);
                state.fcw(value);
                state.changed();
            }
            case 0xD97 -> { // FNSTCW
                available();
                memory.write(operands.address(2), 2, state.fcw());
            }
            case 0xDD7 -> { // FNSTSW
                available();
                memory.write(operands.address(2), 2, state.fsw());
            }
            case 0xDB0 -> loadInteger(in);
            default -> {
                return false;
            }
        }
        return true;
    }

    /** FILD m32int: pushes an integer; with no room, the default NaN and a stack fault (masked; unmasked it pends). */
    private void loadInteger(Instruction in) {
        available();
        checkPending();
        long address = operands.address(4);
        int value = (int) memory.read(address, 4);
        int top = (state.fsw() >>> ExtendedState.FSW_TOP_SHIFT) - 1 & 7;
        state.use(XsaveLayout.X87);
        int tags = state.image().get(FTW) & 0xFF;
        int status = state.fsw() & ~FSW_C1;
        pointers(in, address);
        if ((tags >>> top & 1) != 0) {
            state.fsw(status | FSW_C1 | FSW_STACK_FAULT | FSW_INVALID);
            if ((state.fcw() & FSW_INVALID) != 0) {
                push(top, tags, NAN_LOW, NAN_HIGH);
            }
        } else {
            long magnitude = Math.abs((long) value);
            int zeros = Long.numberOfLeadingZeros(magnitude);
            long significand = magnitude == 0 ? 0 : magnitude << zeros;
            int exponent = magnitude == 0 ? 0 : EXPONENT_BIAS + 63 - zeros;
            state.fsw(status);
            push(top, tags, significand, exponent | (value < 0 ? 0x8000 : 0));
        }
        state.changed();
    }

    private void push(int top, int tags, long significand, int signAndExponent) {
        state.top(top);
        state.image().putLong(XsaveLayout.ST, significand);
        state.image().putLong(XsaveLayout.ST + 8, signAndExponent & 0xFFFF);
        state.image().put(FTW, (byte) (tags | 1 << top));
    }

    /** FOP, FIP and FDP of a non-control instruction. */
    private void pointers(Instruction in, long address) {
        int modRm = in.mod << 6 | in.group() << 3;
        for (int i = in.length - 1; i > 0; i--) {
            if ((in.bytes[i - 1] & 0xFF) == in.opcode) {
                modRm = in.bytes[i] & 0xFF;
            }
        }
        state.image().putShort(6, (short) ((in.opcode & 7) << 8 | modRm));
        state.image().putLong(8, cpu.rip());
        state.image().putLong(16, address);
    }
}
