package dev.jvmm.assist;

/**
 * BMI1 and BMI2: the VEX-coded instructions on general registers. They need neither CR4.OSXSAVE nor the extended state.
 *
 * @spec https://www.intel.com/content/www/us/en/developer/articles/technical/intel-sdm.html SDM 2, the instructions' own pages
 */
final class VexIntegerInstructions {
    private static final long ZERO_SIGN_CARRY_OVERFLOW = ControlBits.FLAG_ZF | ControlBits.FLAG_SF | ControlBits.FLAG_CF
            | ControlBits.FLAG_OF;

    private final Operands operands;
    private CpuState cpu;
    private Instruction in;
    private int size;

    VexIntegerInstructions(Operands operands) {
        this.operands = operands;
    }

    /** VEX 0F 38 F2, F3, F5, F6, F7 and 0F 3A F0; false for those not finished here. */
    boolean execute(CpuState cpuState, Instruction instruction) {
        cpu = cpuState;
        in = instruction;
        size = in.operandSize;
        int key = in.map << 12 | in.opcode << 4 | in.prefix;
        if (!known(key)) {
            return false;
        }
        boolean real = (cpu.cr0() & ControlBits.CR0_PE) == 0 || (cpu.rflags() & ControlBits.FLAG_VM) != 0;
        if (in.lock || in.vex256 || real) {
            throw GuestFault.invalidOpcode();
        }
        switch (key) {
            case 0x2F20 -> andn();
            case 0x2F30 -> lowestBit();
            case 0x2F50 -> bzhi();
            case 0x2F52 -> operands.reg(size, Long.compress(source(), operands.rm(size)));
            case 0x2F53 -> operands.reg(size, Long.expand(source(), operands.rm(size)));
            case 0x2F63 -> mulx();
            case 0x2F70 -> bextr();
            case 0x2F71 -> operands.reg(size, operands.rm(size) << shift());
            case 0x2F72 -> operands.reg(size, signed(operands.rm(size)) >> shift());
            case 0x2F73 -> operands.reg(size, operands.rm(size) >>> shift());
            default -> rorx();
        }
        return true;
    }

    private boolean known(int key) {
        return switch (key) {
            case 0x2F20, 0x2F50, 0x2F52, 0x2F53, 0x2F63, 0x2F70, 0x2F71, 0x2F72, 0x2F73 -> true;
            case 0x2F30 -> in.group() >= 1 && in.group() <= 3;
            case 0x3F03 -> {
                if (in.vexRegister != 0) {
                    throw GuestFault.invalidOpcode(); // RORX: vvvv must be 1111
                }
                yield true;
            }
            default -> false;
        };
    }

    private long source() {
        return operands.register(in.vexRegister, size);
    }

    private int shift() {
        return (int) cpu.register(in.vexRegister) & 8 * size - 1;
    }

    private long signed(long value) {
        return size == 8 ? value : (int) value;
    }

    private long signAndZero(long result) {
        return (signed(result) < 0 ? ControlBits.FLAG_SF : 0)
                | (Operands.truncate(result, size) == 0 ? ControlBits.FLAG_ZF : 0);
    }

    private void andn() {
        long result = ~source() & operands.rm(size);
        operands.reg(size, result);
        operands.flags(ZERO_SIGN_CARRY_OVERFLOW, signAndZero(result));
    }

    /** BLSR /1, BLSMSK /2, BLSI /3: the destination is vvvv. */
    private void lowestBit() {
        long from = operands.rm(size);
        long result;
        boolean carry = from == 0;
        switch (in.group()) {
            case 1 -> result = from & from - 1;
            case 2 -> result = from ^ from - 1;
            default -> {
                result = from & -from;
                carry = from != 0;
            }
        }
        operands.register(in.vexRegister, size, result);
        operands.flags(ZERO_SIGN_CARRY_OVERFLOW, signAndZero(result) | (carry ? ControlBits.FLAG_CF : 0));
    }

    private void bzhi() {
        long from = operands.rm(size);
        int count = (int) cpu.register(in.vexRegister) & 0xFF;
        boolean all = count > 8 * size - 1;
        long result = all ? from : from & (1L << count) - 1;
        operands.reg(size, result);
        operands.flags(ZERO_SIGN_CARRY_OVERFLOW, signAndZero(result) | (all ? ControlBits.FLAG_CF : 0));
    }

    private void bextr() {
        long from = operands.rm(size);
        int control = (int) cpu.register(in.vexRegister);
        int start = control & 0xFF;
        int count = control >>> 8 & 0xFF;
        long shifted = start >= 64 ? 0 : from >>> start;
        long result = count >= 64 ? shifted : shifted & (1L << count) - 1;
        operands.reg(size, result);
        operands.flags(
                ControlBits.FLAG_ZF | ControlBits.FLAG_CF | ControlBits.FLAG_OF, result == 0 ? ControlBits.FLAG_ZF : 0);
    }

    /** The high half goes to ModRM.reg, the low half to vvvv; when they are one register the high half stays. */
    private void mulx() {
        long left = operands.register(CpuState.RDX, size);
        long right = operands.rm(size);
        long product = left * right;
        long high = size == 8 ? Math.unsignedMultiplyHigh(left, right) : product >>> 32;
        operands.register(in.vexRegister, size, product);
        operands.reg(size, high);
    }

    private void rorx() {
        long from = operands.rm(size);
        int count = in.immediate & 8 * size - 1;
        operands.reg(size, size == 8 ? Long.rotateRight(from, count) : Integer.rotateRight((int) from, count));
    }
}
