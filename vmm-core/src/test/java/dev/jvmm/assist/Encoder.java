package dev.jvmm.assist;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;
import java.util.Random;

/** Makes random encodings of an instruction: registers, addressing modes, prefixes. Memory operands lie in the duel's data. */
final class Encoder {
    private static final int SIB = 4;

    private final Duel duel;
    private final Random random;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int operandOffset;
    private int ripDisplacementAt;
    private int rex;
    private int modRm;
    private int sib;
    private long displacement;
    private int displacementBytes;

    private boolean alignOften;

    Encoder(Duel duel) {
        this.duel = duel;
        this.random = duel.random;
    }

    /** A place in the code pages for that many bytes, sometimes across their border; RIP-relative operands are put right. */
    int codeOffset(int length) {
        if (ripDisplacementAt >= 0) {
            return 256;
        }
        return random.nextInt(4) == 0 ? NativeCpu.PAGE - 1 - random.nextInt(length) : random.nextInt(2048);
    }

    /** Operands that #GP when they are not aligned are aligned most times. */
    void alignOften(boolean yes) {
        alignOften = yes;
    }

    String describe(byte[] code) {
        return HexFormat.of().formatHex(code) + " operand at " + operandOffset;
    }

    /** A legacy-encoded instruction with a random register and a random r/m. */
    byte[] legacy(String prefixes, String opcode, boolean registerForm, int operandSize) {
        operand(registerForm, operandSize, random.nextInt(16), true);
        out.reset();
        out.writeBytes(Duel.bytes(prefixes));
        int wide = random.nextBoolean() ? 8 : 0;
        if ((rex | wide) != 0 || random.nextBoolean()) {
            out.write(0x40 | rex | wide);
        }
        out.writeBytes(Duel.bytes(opcode));
        return finish(false);
    }

    /** The same with a fixed ModRM.reg and REX.W as given. */
    byte[] group(String prefixes, boolean wide, String opcode, int group, int operandSize) {
        operand(false, operandSize, group, false);
        out.reset();
        out.writeBytes(Duel.bytes(prefixes));
        if (rex != 0 || wide) {
            out.write(0x40 | rex | (wide ? 8 : 0));
        }
        out.writeBytes(Duel.bytes(opcode));
        return finish(false);
    }

    /** A three-byte VEX encoding, 128 bits. */
    byte[] vex(int map, int pp, int opcode, int group, boolean immediate, boolean noSource) {
        int source = noSource ? 0 : registerNumber();
        operand(true, 8, group < 0 ? random.nextInt(16) : group, group < 0);
        out.reset();
        out.write(0xC4);
        out.write((~rex & 7) << 5 | map);
        out.write((random.nextBoolean() ? 0x80 : 0) | (~source & 15) << 3 | pp);
        out.write(opcode);
        return finish(immediate);
    }

    private int registerNumber() {
        int number = random.nextInt(16);
        return number == CpuState.RSP ? CpuState.RBX : number;
    }

    private byte[] finish(boolean immediate) {
        out.write(modRm);
        if (sib >= 0) {
            out.write(sib);
        }
        int at = out.size();
        for (int i = 0; i < displacementBytes; i++) {
            out.write((int) (displacement >>> 8 * i));
        }
        if (immediate) {
            out.write(random.nextInt(256));
        }
        byte[] code = out.toByteArray();
        if (ripDisplacementAt >= 0) {
            long relative = duel.dataAddress() + operandOffset - (duel.cpu.codeAddress() + 256 + code.length);
            for (int i = 0; i < 4; i++) {
                code[at + i] = (byte) (relative >>> 8 * i);
            }
        }
        return code;
    }

    private void operand(boolean registerAllowed, int size, int reg, boolean extendReg) {
        int field = extendReg && (reg == CpuState.RSP) ? CpuState.RBX : reg;
        rex = extendReg && field >= 8 ? 4 : 0;
        sib = -1;
        displacementBytes = 0;
        ripDisplacementAt = -1;
        if (registerAllowed && random.nextBoolean()) {
            int rm = registerNumber();
            rex |= rm >= 8 ? 1 : 0;
            modRm = 0xC0 | (field & 7) << 3 | rm & 7;
            operandOffset = -1;
            return;
        }
        operandOffset = dataOffset(size);
        memory((field & 7) << 3, field);
    }

    /** Anywhere in the data, every second time across a border of pages. */
    private int dataOffset(int size) {
        if (alignOften && random.nextInt(4) != 0) {
            return random.nextInt(Duel.DATA_SIZE / size) * size;
        }
        if (size > 1 && random.nextBoolean()) {
            return (1 + random.nextInt(Duel.DATA_PAGES - 1)) * Duel.PAGE - 1 - random.nextInt(size - 1);
        }
        return random.nextInt(Duel.DATA_SIZE - size);
    }

    private void memory(int field, int avoid) {
        long target = duel.dataAddress() + operandOffset;
        long near = target - (duel.cpu.codeAddress() + 256);
        int kind = random.nextInt(4);
        if (kind == 0 && near == (int) near && Math.abs(near) < 1 << 30) {
            modRm = field | 5;
            ripDisplacementAt = 0;
            displacementBytes = 4;
            displacement = 0;
            return;
        }
        int base = pick(avoid, -1);
        int bytes = random.nextInt(3);
        displacementBytes = bytes == 2 ? 4 : bytes;
        displacement = bytes == 0 ? 0 : bytes == 1 ? (byte) random.nextInt() : random.nextInt();
        if ((base & 7) == 5 && displacementBytes == 0) {
            displacementBytes = 1;
            displacement = 0;
        }
        modRm = (displacementBytes == 0 ? 0 : displacementBytes == 1 ? 0x40 : 0x80) | field;
        rex |= base >= 8 ? 1 : 0;
        long rest = target - displacement;
        if (kind == 1 || (base & 7) == SIB) {
            int index = pick(avoid, base);
            int scale = random.nextInt(4);
            long value = random.nextInt();
            duel.register(index, value);
            rest -= value << scale;
            rex |= index >= 8 ? 2 : 0;
            modRm |= SIB;
            sib = scale << 6 | (index & 7) << 3 | base & 7;
        } else {
            modRm |= base & 7;
        }
        duel.register(base, rest);
    }

    /** A register that nothing else of the operand uses, and not one that instructions use silently. */
    private int pick(int avoid, int avoidToo) {
        int number = registerNumber();
        while (number == avoid || number == avoidToo || number == CpuState.RAX || number == CpuState.RDX
                || number == CpuState.RCX) {
            number = registerNumber();
        }
        return number;
    }
}
