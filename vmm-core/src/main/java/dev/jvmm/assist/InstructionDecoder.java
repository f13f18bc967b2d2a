package dev.jvmm.assist;

/**
 * Prefixes, opcode, ModRM, SIB, displacement and immediate of one instruction.
 *
 * <p>It knows the shape of the whole 0F, 0F 38 and 0F 3A maps, and of those one-byte opcodes that the assist finishes; it
 * does not judge whether an instruction is a valid one.
 *
 * @spec https://www.intel.com/content/www/us/en/developer/articles/technical/intel-sdm.html SDM 2A, chapter 2
 */
final class InstructionDecoder {
    /** What came of decoding. */
    enum Result {
        DECODED,
        /** The fetched bytes are not all of it. */
        NEEDS_MORE,
        /** Longer than 15 bytes: #GP(0). */
        TOO_LONG,
        /** Not an encoding known here. */
        UNKNOWN
    }

    private static final Result DECODED = Result.DECODED;

    private Instruction out;
    private int position;
    private boolean ranOut;
    private boolean repeat;
    private boolean repeatNot;
    private boolean addressSizePrefix;

    /** Decodes the fetched bytes; with {@code longMode} false, {@code default32} is CS.D. */
    Result decode(Instruction into, boolean longMode, boolean default32) {
        out = into;
        position = 0;
        ranOut = false;
        reset(longMode);
        int opcode = prefixes();
        if (ranOut) {
            return missing();
        }
        sizes(default32);
        Result result = opcode(opcode);
        if (ranOut) {
            return missing();
        }
        out.length = result == DECODED ? position : 0;
        return result;
    }

    private Result missing() {
        return out.available >= Instruction.MAX_LENGTH ? Result.TOO_LONG : Result.NEEDS_MORE;
    }

    private void reset(boolean longMode) {
        out.length = 0;
        out.longMode = longMode;
        out.lock = false;
        out.operandSizePrefix = false;
        out.anyRepeatPrefix = false;
        out.segment = Instruction.NO_REGISTER;
        out.vex = false;
        out.vex256 = false;
        out.vexRegister = 0;
        out.hasModRm = false;
        out.mod = 0;
        out.reg = 0;
        out.rm = 0;
        out.base = Instruction.NO_REGISTER;
        out.index = Instruction.NO_REGISTER;
        out.scale = 0;
        out.ripRelative = false;
        out.displacement = 0;
        out.immediate = 0;
        rex(0);
        repeat = false;
        repeatNot = false;
        addressSizePrefix = false;
    }

    private int next() {
        if (position >= out.available) {
            ranOut = true;
            return 0;
        }
        return out.bytes[position++] & 0xFF;
    }

    /** Legacy prefixes and REX; returns the byte behind them. A REX that another prefix follows is ignored. */
    private int prefixes() {
        while (true) {
            int value = next();
            if (out.longMode && value >>> 4 == 4) {
                rex(value);
                continue;
            }
            if (!legacyPrefix(value)) {
                return value;
            }
            rex(0);
        }
    }

    private boolean legacyPrefix(int value) {
        switch (value) {
            case 0x26, 0x2E, 0x36, 0x3E -> {
                // ES, CS, SS, DS: without meaning in 64-bit mode, where they do not undo FS or GS either
                if (!out.longMode) {
                    out.segment = value >>> 3 & 3;
                }
            }
            case 0x64 -> out.segment = CpuState.FS;
            case 0x65 -> out.segment = CpuState.GS;
            case 0x66 -> out.operandSizePrefix = true;
            case 0x67 -> addressSizePrefix = true;
            case 0xF0 -> out.lock = true;
            case 0xF2 -> {
                repeatNot = true;
                repeat = false;
            }
            case 0xF3 -> {
                repeat = true;
                repeatNot = false;
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private void rex(int value) {
        out.rexPresent = value != 0;
        out.rexW = (value & 8) != 0;
        out.rexR = (value & 4) << 1;
        out.rexX = (value & 2) << 2;
        out.rexB = (value & 1) << 3;
    }

    private void sizes(boolean default32) {
        out.anyRepeatPrefix = repeat || repeatNot;
        out.prefix = repeatNot ? Instruction.PREFIX_F2
                : repeat ? Instruction.PREFIX_F3
                        : out.operandSizePrefix ? Instruction.PREFIX_66 : Instruction.PREFIX_NONE;
        if (out.longMode) {
            out.operandSize = out.rexW ? 8 : out.operandSizePrefix ? 2 : 4;
            out.addressSize = addressSizePrefix ? 4 : 8;
        } else {
            out.operandSize = default32 != out.operandSizePrefix ? 4 : 2;
            out.addressSize = default32 != addressSizePrefix ? 4 : 2;
        }
    }

    private Result opcode(int first) {
        if (first == 0xC4 || first == 0xC5) {
            return vex(first);
        }
        if (first != 0x0F) {
            out.map = Instruction.MAP_ONE_BYTE;
            out.opcode = first;
            return switch (first) {
                case 0x90, 0x9B, 0xCC, 0xF1 -> DECODED;
                case 0xD8, 0xD9, 0xDA, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF -> modRm(0);
                default -> Result.UNKNOWN;
            };
        }
        int second = next();
        if (second == 0x38 || second == 0x3A) {
            out.map = second == 0x38 ? Instruction.MAP_0F38 : Instruction.MAP_0F3A;
            out.opcode = next();
            return modRm(second == 0x3A ? 1 : 0);
        }
        out.map = Instruction.MAP_0F;
        out.opcode = second;
        return secondMap();
    }

    /** SDM 2A 2.3: VEX; LOCK, 66, F2, F3 or REX before it are #UD, which the handlers see from the flags left in place. */
    private Result vex(int first) {
        int second = next();
        if (!out.longMode && second >>> 6 != 3) {
            return Result.UNKNOWN; // LES, LDS
        }
        out.vex = true;
        out.rexR = (~second & 0x80) >>> 4;
        int last = second;
        if (first == 0xC4) {
            out.rexX = (~second & 0x40) >>> 3;
            out.rexB = (~second & 0x20) >>> 2;
            out.map = second & 0x1F;
            last = next();
            out.rexW = (last & 0x80) != 0 && out.longMode;
        } else {
            out.map = Instruction.MAP_0F;
        }
        if (!out.longMode) {
            out.rexR = 0;
            out.rexX = 0;
            out.rexB = 0;
        }
        out.vexRegister = ~last >>> 3 & (out.longMode ? 15 : 7);
        out.vex256 = (last & 4) != 0;
        out.operandSize = out.rexW ? 8 : 4;
        int pp = last & 3;
        if (out.operandSizePrefix || out.anyRepeatPrefix || out.rexPresent) {
            out.lock = true; // the same #UD
        }
        out.prefix = pp;
        out.opcode = next();
        return switch (out.map) {
            case Instruction.MAP_0F -> secondMap();
            case Instruction.MAP_0F38 -> modRm(0);
            case Instruction.MAP_0F3A -> modRm(1);
            default -> Result.UNKNOWN;
        };
    }

    private Result secondMap() {
        int opcode = out.opcode;
        if (opcode >>> 4 == 8) {
            return Result.UNKNOWN; // jumps, which KVM has
        }
        return switch (opcode) {
            case 0x05, 0x06, 0x07, 0x08, 0x09, 0x0B, 0x0E, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x37, 0x77, 0xA0, 0xA1,
                    0xA2, 0xA8, 0xA9,
                    0xAA, 0xC8, 0xC9, 0xCA, 0xCB, 0xCC, 0xCD, 0xCE, 0xCF ->
                DECODED;
            case 0x0F, 0x70, 0x71, 0x72, 0x73, 0xA4, 0xAC, 0xBA, 0xC2, 0xC4, 0xC5, 0xC6 -> modRm(1);
            default -> modRm(0);
        };
    }

    private Result modRm(int immediateBytes) {
        int value = next();
        out.hasModRm = true;
        out.mod = value >>> 6;
        out.reg = value >>> 3 & 7 | out.rexR;
        out.rm = value & 7 | out.rexB;
        if (out.mod != 3) {
            if (out.addressSize == 2) {
                memory16(value & 7);
            } else {
                memory(value & 7);
            }
        }
        if (immediateBytes != 0) {
            out.immediate = next();
        }
        return DECODED;
    }

    /** SDM 2A table 2-2, 2-3 and 2.2.1.6. */
    private void memory(int rm) {
        int displacementBytes = out.mod == 1 ? 1 : out.mod == 2 ? 4 : 0;
        if (rm == 4) {
            int sib = next();
            int index = sib >>> 3 & 7 | out.rexX;
            out.scale = sib >>> 6;
            out.index = index == CpuState.RSP ? Instruction.NO_REGISTER : index;
            if ((sib & 7) == 5 && out.mod == 0) {
                displacementBytes = 4;
            } else {
                out.base = sib & 7 | out.rexB;
            }
        } else if (rm == 5 && out.mod == 0) {
            out.ripRelative = out.longMode;
            displacementBytes = 4;
        } else {
            out.base = rm | out.rexB;
        }
        displacement(displacementBytes);
    }

    /** SDM 2A table 2-1. */
    private void memory16(int rm) {
        int displacementBytes = out.mod == 1 ? 1 : out.mod == 2 ? 2 : 0;
        switch (rm) {
            case 0, 1, 7 -> out.base = CpuState.RBX;
            case 2, 3 -> out.base = CpuState.RBP;
            case 4 -> out.base = CpuState.RSI;
            case 5 -> out.base = CpuState.RDI;
            default -> {
                if (out.mod == 0) {
                    displacementBytes = 2;
                } else {
                    out.base = CpuState.RBP;
                }
            }
        }
        if (rm < 4) {
            out.index = (rm & 1) == 0 ? CpuState.RSI : CpuState.RDI;
        }
        displacement(displacementBytes);
    }

    private void displacement(int count) {
        long value = 0;
        for (int i = 0; i < count; i++) {
            value |= (long) next() << 8 * i;
        }
        int unused = 64 - 8 * count;
        out.displacement = count == 0 ? 0 : value << unused >> unused;
    }
}
