package dev.jvmm.assist;

/**
 * Integer instructions on general registers that KVM's emulator lacks: POPCNT, TZCNT, LZCNT, CRC32, MOVBE, ADCX, ADOX,
 * CMPXCHG16B. Flags that the manual leaves undefined stay as they were.
 *
 * @spec https://www.intel.com/content/www/us/en/developer/articles/technical/intel-sdm.html SDM 2, the instructions' own pages
 */
final class IntegerInstructions {
    private static final int CRC32C_REFLECTED = 0x82F6_3B78;

    private final LinearMemory memory;
    private final Operands operands;
    private final long[] found = new long[2];
    private CpuState cpu;
    private Instruction in;

    IntegerInstructions(LinearMemory memory, Operands operands) {
        this.memory = memory;
        this.operands = operands;
    }

    /** 0F B8, BC and BD with F3, 0F C7 /1, 0F 38 F0, F1 and F6; false for those not finished here. */
    boolean execute(CpuState cpuState, Instruction instruction) {
        cpu = cpuState;
        in = instruction;
        if (in.map == Instruction.MAP_0F38) {
            return in.opcode == 0xF6 ? addCarry() : crcOrMovbe();
        }
        if (in.opcode == 0xC7) {
            return compareAndExchange();
        }
        if (in.prefix != Instruction.PREFIX_F3) {
            return false;
        }
        noLock();
        return count();
    }

    private void noLock() {
        if (in.lock) {
            throw GuestFault.invalidOpcode();
        }
    }

    private boolean count() {
        int size = in.operandSize;
        long source = operands.rm(size);
        int result;
        long defined = ControlBits.FLAG_CF | ControlBits.FLAG_ZF;
        long flags;
        switch (in.opcode) {
            case 0xB8 -> { // POPCNT
                result = Long.bitCount(source);
                defined = ControlBits.ARITHMETIC_FLAGS;
                flags = source == 0 ? ControlBits.FLAG_ZF : 0;
            }
            case 0xBC -> { // TZCNT
                result = Math.min(Long.numberOfTrailingZeros(source), 8 * size);
                flags = countFlags(source, result);
            }
            case 0xBD -> { // LZCNT
                result = Long.numberOfLeadingZeros(source) - (64 - 8 * size);
                flags = countFlags(source, result);
            }
            default -> {
                return false;
            }
        }
        operands.reg(size, result);
        operands.flags(defined, flags);
        return true;
    }

    private static long countFlags(long source, int result) {
        return (source == 0 ? ControlBits.FLAG_CF : 0) | (result == 0 ? ControlBits.FLAG_ZF : 0);
    }

    private boolean crcOrMovbe() {
        if (in.opcode != 0xF0 && in.opcode != 0xF1) {
            return false;
        }
        if (in.prefix == Instruction.PREFIX_F2) {
            noLock();
            crc32(in.opcode == 0xF0 ? 1 : in.operandSize);
            return true;
        }
        if (in.prefix == Instruction.PREFIX_F3) {
            return false;
        }
        noLock();
        if (in.isRegister()) {
            throw GuestFault.invalidOpcode();
        }
        movbe();
        return true;
    }

    /** CRC32 with polynomial 11EDC6F41, bit-reflected. The destination is 32 bits wide, or 64 with REX.W. */
    private void crc32(int size) {
        long source = operands.rm(size);
        int crc = (int) cpu.register(in.reg);
        for (int i = 0; i < size; i++) {
            crc ^= (int) (source >>> 8 * i) & 0xFF;
            for (int bit = 0; bit < 8; bit++) {
                crc = crc >>> 1 ^ ((crc & 1) != 0 ? CRC32C_REFLECTED : 0);
            }
        }
        operands.reg(4, crc);
    }

    private void movbe() {
        int size = in.operandSize;
        long address = operands.address(size);
        int unused = 64 - 8 * size;
        if (in.opcode == 0xF0) {
            operands.reg(size, Long.reverseBytes(memory.read(address, size)) >>> unused);
        } else {
            memory.write(address, size, Long.reverseBytes(operands.reg(size)) >>> unused);
        }
    }

    /** 66: ADCX, carry in CF. F3: ADOX, carry in OF. No other flag changes. */
    private boolean addCarry() {
        if (in.prefix != Instruction.PREFIX_66 && in.prefix != Instruction.PREFIX_F3) {
            return false;
        }
        noLock();
        long flag = in.prefix == Instruction.PREFIX_66 ? ControlBits.FLAG_CF : ControlBits.FLAG_OF;
        int size = in.rexW ? 8 : 4;
        long left = operands.reg(size);
        long right = operands.rm(size);
        long carry = (cpu.rflags() & flag) != 0 ? 1 : 0;
        long sum = left + right + carry;
        boolean carried = size == 4
                ? sum >>> 32 != 0
                : Long.compareUnsigned(sum, left) < 0 || carry != 0 && sum == left;
        operands.reg(size, sum);
        operands.flags(flag, carried ? flag : 0);
        return true;
    }

    /** CMPXCHG16B, with or without LOCK: the operand is written either way, so it must be writable. */
    private boolean compareAndExchange() {
        if (in.group() != 1 || !in.rexW || !in.longMode || in.isRegister() || in.prefix != Instruction.PREFIX_NONE) {
            return false;
        }
        long address = operands.address(16);
        if ((address & 15) != 0) {
            throw GuestFault.generalProtection();
        }
        boolean equal = memory.compareAndExchange16(
                address, cpu.register(CpuState.RAX), cpu.register(CpuState.RDX), cpu.register(CpuState.RBX),
                cpu.register(CpuState.RCX), found);
        if (!equal) {
            cpu.register(CpuState.RAX, found[0]);
            cpu.register(CpuState.RDX, found[1]);
        }
        operands.flags(ControlBits.FLAG_ZF, equal ? ControlBits.FLAG_ZF : 0);
        return true;
    }
}
