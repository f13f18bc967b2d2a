package dev.jvmm.assist;

/**
 * Legacy SSE moves between registers and memory and the bitwise operations: what compilers and hand-written copies use
 * without arithmetic. Nothing above bit 127 changes.
 *
 * @spec https://www.intel.com/content/www/us/en/developer/articles/technical/intel-sdm.html SDM 2, the instructions' own pages
 */
final class VectorInstructions {
    private final LinearMemory memory;
    private final Operands operands;
    private final ExtendedState state;
    private CpuState cpu;
    private Instruction in;
    private long low;
    private long high;

    VectorInstructions(LinearMemory memory, Operands operands, ExtendedState state) {
        this.memory = memory;
        this.operands = operands;
        this.state = state;
    }

    /** Instructions of the 0F map; false for those not finished here. */
    boolean execute(CpuState cpuState, Instruction instruction) {
        cpu = cpuState;
        in = instruction;
        int key = in.opcode << 4 | in.prefix;
        if (!known(key)) {
            return false;
        }
        if (in.lock || (cpu.cr0() & ControlBits.CR0_EM) != 0 || (cpu.cr4() & ControlBits.CR4_OSFXSR) == 0) {
            throw GuestFault.invalidOpcode();
        }
        if ((cpu.cr0() & ControlBits.CR0_TS) != 0) {
            throw GuestFault.deviceNotAvailable();
        }
        switch (key) {
            case 0xAE0 -> controlRegister();
            case 0x6E1 -> moveFromGeneral();
            case 0x7E1 -> moveToGeneral();
            case 0x7E2 -> {
                low = in.isRegister() ? state.xmm(in.rm, 0) : memory.read(operands.address(8), 8);
                set(in.reg, low, 0);
            }
            case 0xD61 -> storeLow();
            case 0x100, 0x101, 0x280, 0x281, 0x6F1, 0x6F2 -> {
                source(key != 0x100 && key != 0x101 && key != 0x6F2);
                set(in.reg, low, high);
            }
            case 0x110, 0x111, 0x290, 0x291, 0x2B0, 0x2B1, 0x7F1, 0x7F2, 0xE71 ->
                store(key != 0x110 && key != 0x111 && key != 0x7F2);
            default -> bitwise(in.opcode);
        }
        return true;
    }

    private boolean known(int key) {
        return switch (key) {
            case 0xAE0 -> (in.group() == 2 || in.group() == 3) && !in.isRegister(); // LDMXCSR, STMXCSR
            case 0x6E1, 0x7E1, 0x7E2 -> true; // MOVD, MOVQ
            case 0xD61 -> true; // MOVQ store
            case 0x100, 0x101, 0x110, 0x111, 0x280, 0x281, 0x290, 0x291 -> true; // MOVUPS, MOVUPD, MOVAPS, MOVAPD
            case 0x6F1, 0x6F2, 0x7F1, 0x7F2 -> true; // MOVDQA, MOVDQU
            case 0x2B0, 0x2B1, 0xE71 -> !in.isRegister(); // MOVNTPS, MOVNTPD, MOVNTDQ
            case 0x540, 0x541, 0x550, 0x551, 0x560, 0x561, 0x570, 0x571 -> true; // ANDPS, ANDNPS, ORPS, XORPS
            case 0xDB1, 0xDF1, 0xEB1, 0xEF1 -> true; // PAND, PANDN, POR, PXOR
            default -> false;
        };
    }

    private void controlRegister() {
        long address = operands.address(4);
        if (in.group() == 3) {
            memory.write(address, 4, state.mxcsr());
            return;
        }
        int value = (int) memory.read(address, 4);
        state.checkMxcsr(value);
        state.mxcsr(value);
        state.changed();
    }

    private void set(int register, long newLow, long newHigh) {
        state.xmm(register, newLow, newHigh);
        state.changed();
    }

    /** The r/m operand of 16 bytes. */
    private void source(boolean aligned) {
        if (in.isRegister()) {
            low = state.xmm(in.rm, 0);
            high = state.xmm(in.rm, 1);
            return;
        }
        long address = address(aligned);
        memory.checkRead(address, 16);
        low = memory.read(address, 8);
        high = memory.read(address + 8, 8);
    }

    private long address(boolean aligned) {
        long address = operands.address(16);
        if (aligned && (address & 15) != 0) {
            throw GuestFault.generalProtection();
        }
        return address;
    }

    private void store(boolean aligned) {
        long newLow = state.xmm(in.reg, 0);
        long newHigh = state.xmm(in.reg, 1);
        if (in.isRegister()) {
            set(in.rm, newLow, newHigh);
            return;
        }
        long address = address(aligned);
        memory.checkWrite(address, 16);
        memory.write(address, 8, newLow);
        memory.write(address + 8, 8, newHigh);
    }

    private void moveFromGeneral() {
        set(in.reg, operands.rm(in.rexW ? 8 : 4), 0);
    }

    private void moveToGeneral() {
        int size = in.rexW ? 8 : 4;
        long value = state.xmm(in.reg, 0);
        if (in.isRegister()) {
            operands.register(in.rm, size, value);
        } else {
            memory.write(operands.address(size), size, value);
        }
    }

    private void storeLow() {
        long value = state.xmm(in.reg, 0);
        if (in.isRegister()) {
            set(in.rm, value, 0);
        } else {
            memory.write(operands.address(8), 8, value);
        }
    }

    private void bitwise(int opcode) {
        boolean packedOperandMayBeLoose = (state.mxcsr() & 1 << 17) != 0; // AMD's MXCSR.MM
        source(!packedOperandMayBeLoose);
        long oldLow = state.xmm(in.reg, 0);
        long oldHigh = state.xmm(in.reg, 1);
        switch (opcode) {
            case 0x54, 0xDB -> set(in.reg, oldLow & low, oldHigh & high);
            case 0x55, 0xDF -> set(in.reg, ~oldLow & low, ~oldHigh & high);
            case 0x56, 0xEB -> set(in.reg, oldLow | low, oldHigh | high);
            default -> set(in.reg, oldLow ^ low, oldHigh ^ high);
        }
    }
}
