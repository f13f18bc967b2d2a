package dev.jvmm.assist;

/** What to tell a person about an instruction that could not be finished. */
final class Advice {
    private Advice() {}

    static String message(CpuState cpu, Instruction in, String reason) {
        String bytes = in.available == 0 ? "(not readable)" : in.hex();
        String where = "0x" + Long.toHexString(cpu.rip()) + " (CPL " + cpu.privilegeLevel() + ")";
        return "the guest's instruction " + bytes + " at " + where
                + " is one that this host's KVM does not emulate, and "
                + "jvmm can not finish it: " + reason + ". " + remedy(in);
    }

    /** The kernel's own words for a feature, where the encoding tells. */
    private static String remedy(Instruction in) {
        String word = feature(in);
        if (!word.isEmpty()) {
            return "Add clearcpuid=" + word
                    + " to the guest's kernel command line (--cmdline), which keeps its kernel from using "
                    + "it, or run on a host with hardware virtualization";
        }
        return "Find it in the guest's kernel (objdump -d vmlinux) and switch off what uses it, use the kernel that comes with jvmm, "
                + "or run on a host with hardware virtualization";
    }

    private static String feature(Instruction in) {
        if (in.available == 0) {
            return ""; // nothing was decoded: the fields are the previous instruction's
        }
        int first = in.bytes[0] & 0xFF;
        if (in.longMode && first == 0x62) {
            return "avx512f,avx2,avx";
        }
        if (in.vex) {
            return "avx2,avx";
        }
        return switch (in.map) {
            case Instruction.MAP_0F -> secondMap(in);
            case Instruction.MAP_0F38 -> map38(in.opcode);
            case Instruction.MAP_0F3A ->
                in.opcode == 0x44 ? "pclmulqdq" : in.opcode == 0xDF ? "aes" : in.opcode == 0xCC ? "sha_ni" : "";
            default -> "";
        };
    }

    private static String secondMap(Instruction in) {
        boolean monitor = in.opcode == 0x01 && in.isRegister() && in.group() == 1;
        return monitor && (in.rm & 7) < 2 ? "monitor" : in.opcode == 0xC7 && in.group() == 7 ? "rdseed" : "";
    }

    private static String map38(int opcode) {
        return switch (opcode) {
            case 0x82 -> "invpcid";
            case 0xC8, 0xC9, 0xCA, 0xCB, 0xCC, 0xCD -> "sha_ni";
            case 0xDB, 0xDC, 0xDD, 0xDE, 0xDF -> "aes";
            case 0xF8 -> "movdir64b,enqcmd";
            case 0xF9 -> "movdiri";
            default -> "";
        };
    }
}
