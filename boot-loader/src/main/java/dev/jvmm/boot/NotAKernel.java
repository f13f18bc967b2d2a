package dev.jvmm.boot;

import java.nio.ByteBuffer;

/** Says what a file that is no kernel of ours looks like. */
final class NotAKernel {
    private static final String UNPACK = "; unpack it first and give the kernel inside";

    private NotAKernel() {}

    /** What is wrong and what to do, from the first bytes of a file, little-endian. */
    static String guess(ByteBuffer head) {
        int first = word(head, 0);
        if ((first & 0xFFFF) == 0x8B1F) {
            return "a gzip-compressed file (try gunzip)" + UNPACK;
        }
        if (first == 0xFD2F_B528) {
            return "a zstd-compressed file (try unzstd)" + UNPACK;
        }
        if (first == 0x587A_37FD) {
            return "an xz-compressed file (try unxz)" + UNPACK;
        }
        if ((first & 0xFF_FFFF) == 0x68_5A42) {
            return "a bzip2-compressed file (try bunzip2)" + UNPACK;
        }
        if (first == 0x184D_2204 || first == 0x184C_2102) {
            return "an lz4-compressed file (try unlz4)" + UNPACK;
        }
        if ((first & 0xFF_FFFF) == 0x00_005D) {
            return "an lzma-compressed file (try unlzma)" + UNPACK;
        }
        if (word(head, 0x38) == 0x644D_5241 || word(head, 4) == 0x676D_697A) {
            return "a kernel for another machine (arm64); give a kernel built for x86-64";
        }
        if (word(head, 0x38) == 0x0543_5352) {
            return "a kernel for another machine (RISC-V); give a kernel built for x86-64";
        }
        if ((first & 0xFFFF) == 0x5A4D) {
            return "a PE/EFI program, not a Linux kernel; give a bzImage or an ELF vmlinux";
        }
        if ((first & 0xFFFF) == 0x2123) {
            return "a script, not a kernel; give a bzImage or an ELF vmlinux";
        }
        if (head.limit() < 1024) {
            return "too short for a kernel; give a bzImage or an ELF vmlinux";
        }
        return "not a kernel that can be started here; give a bzImage or an ELF vmlinux for x86-64";
    }

    private static int word(ByteBuffer head, int at) {
        if (head.limit() - at >= 4) {
            return head.getInt(at);
        }
        return head.limit() - at >= 2 ? Short.toUnsignedInt(head.getShort(at)) : 0;
    }
}
