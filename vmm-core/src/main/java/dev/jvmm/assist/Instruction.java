package dev.jvmm.assist;

/**
 * One decoded instruction. Mutable and reused: a vCPU that only emulates comes here thousands of times a second. The decoder
 * fills it, everybody else reads.
 */
final class Instruction {
    static final int MAX_LENGTH = 15;

    /** Opcode maps: one byte, 0F, 0F 38, 0F 3A. The numbers are those of VEX.mmmmm. */
    static final int MAP_ONE_BYTE = 0;

    static final int MAP_0F = 1;
    static final int MAP_0F38 = 2;
    static final int MAP_0F3A = 3;

    /** Mandatory prefixes as VEX.pp numbers them. */
    static final int PREFIX_NONE = 0;

    static final int PREFIX_66 = 1;
    static final int PREFIX_F3 = 2;
    static final int PREFIX_F2 = 3;

    static final int NO_REGISTER = -1;

    final byte[] bytes = new byte[MAX_LENGTH];
    /** How many of {@link #bytes} were fetched. */
    int available;
    /** How many of them the instruction has; 0 until it is decoded. */
    int length;

    boolean longMode;
    boolean lock;
    boolean operandSizePrefix;
    boolean anyRepeatPrefix;
    boolean rexPresent;
    boolean rexW;
    int rexR;
    int rexX;
    int rexB;
    /** The overriding segment register, or {@link #NO_REGISTER}. */
    int segment;
    boolean vex;
    /** VEX.L: 256 bits. */
    boolean vex256;
    /** VEX.vvvv, the right way up. */
    int vexRegister;

    int map;
    int opcode;
    /** One of the {@code PREFIX_} numbers; F2 and F3 outrank 66. */
    int prefix;
    /** 2, 4 or 8 bytes. */
    int operandSize;
    /** 2, 4 or 8 bytes. */
    int addressSize;

    boolean hasModRm;
    int mod;
    /** ModRM.reg with REX.R; {@link #group()} is without. */
    int reg;
    /** ModRM.rm with REX.B, when {@link #isRegister()}. */
    int rm;
    int base;
    int index;
    int scale;
    boolean ripRelative;
    long displacement;
    int immediate;

    /** ModRM.mod is 3: the operand is a register. */
    boolean isRegister() {
        return mod == 3;
    }

    /** ModRM.reg as an extension of the opcode. */
    int group() {
        return reg & 7;
    }

    /** The bytes in hexadecimal: the instruction's own, or all that were fetched when it could not be decoded. */
    String hex() {
        int shown = length > 0 ? length : available;
        StringBuilder text = new StringBuilder(3 * MAX_LENGTH);
        for (int i = 0; i < shown; i++) {
            int value = bytes[i] & 0xFF;
            text.append(i == 0 ? "" : " ").append(Character.forDigit(value >> 4, 16))
                    .append(Character.forDigit(value & 15, 16));
        }
        return text.toString();
    }
}
