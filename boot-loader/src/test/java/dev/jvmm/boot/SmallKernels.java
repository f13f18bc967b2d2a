package dev.jvmm.boot;

import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Small valid images, made in code, for tests to load and to spoil. */
final class SmallKernels {
    static final long LOAD = 0x20_0000;
    static final int CODE_OFFSET = 0x200;
    static final int NOTE_OFFSET = 0x180;
    static final long PVH_ENTRY = LOAD + 4;

    /** mov al, 0xFE; out 0x64, al; hlt; then something to tell one byte from the next. */
    static final byte[] CODE = { (byte) 0xB0, (byte) 0xFE, (byte) 0xE6, 0x64, (byte) 0xF4, 1, 2, 3, 4, 5, 6, 7, 8, 9,
        10, 11 };

    private SmallKernels() {}

    static GuestMemory memory(int mebibytes) {
        return GuestMemory.allocate(MemoryOptions.ofSize((long) mebibytes << 20));
    }

    static BootSource source(ByteBuffer bytes) {
        return BootSource.of("kernel test", bytes);
    }

    static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A 64-bit executable: program headers at 64 (a PT_LOAD, a PT_NOTE), a PVH note, then the code with 0x1000 bytes of BSS. */
    static ByteBuffer elf64() {
        ByteBuffer elf = buffer(CODE_OFFSET + CODE.length);
        elf.putInt(0x464C_457F).put((byte) 2).put((byte) 1).put((byte) 1);
        elf.putShort(16, (short) 2).putShort(18, (short) 62).putInt(20, 1);
        elf.putLong(24, LOAD).putLong(32, 64);
        elf.putShort(52, (short) 64).putShort(54, (short) 56).putShort(56, (short) 2);
        load64(elf, 0, LOAD, CODE.length, CODE.length + 0x1000);
        int note = 64 + 56;
        elf.putInt(note, ElfSegment.PT_NOTE).putLong(note + 8, NOTE_OFFSET);
        elf.putLong(note + 32, 40).putLong(note + 40, 40).putLong(note + 48, 4);
        putNotes(elf, NOTE_OFFSET);
        elf.put(CODE_OFFSET, CODE);
        return elf;
    }

    /** Rewrites a program header of {@link #elf64} as a PT_LOAD of the code. */
    static void load64(ByteBuffer elf, int index, long physical, long fileSize, long memorySize) {
        int at = 64 + 56 * index;
        elf.putInt(at, ElfSegment.PT_LOAD).putInt(at + 4, 7).putLong(at + 8, CODE_OFFSET);
        elf.putLong(at + 16, 0xFFFF_FFFF_8000_0000L + physical).putLong(at + 24, physical);
        elf.putLong(at + 32, fileSize).putLong(at + 40, memorySize).putLong(at + 48, 0x1000);
    }

    /** As {@link #elf64}, 32-bit. */
    static ByteBuffer elf32() {
        ByteBuffer elf = buffer(CODE_OFFSET + CODE.length);
        elf.putInt(0x464C_457F).put((byte) 1).put((byte) 1).put((byte) 1);
        elf.putShort(16, (short) 2).putShort(18, (short) 3).putInt(20, 1);
        elf.putInt(24, (int) LOAD).putInt(28, 52);
        elf.putShort(40, (short) 52).putShort(42, (short) 32).putShort(44, (short) 2);
        elf.putInt(52, ElfSegment.PT_LOAD).putInt(56, CODE_OFFSET).putInt(60, (int) LOAD).putInt(64, (int) LOAD);
        elf.putInt(68, CODE.length).putInt(72, CODE.length + 0x1000).putInt(76, 7).putInt(80, 0x1000);
        elf.putInt(84, ElfSegment.PT_NOTE).putInt(88, NOTE_OFFSET).putInt(100, 40).putInt(104, 40).putInt(112, 4);
        putNotes(elf, NOTE_OFFSET);
        elf.put(CODE_OFFSET, CODE);
        return elf;
    }

    /** A note of someone else's with a 5-byte name, then the PVH note. */
    private static void putNotes(ByteBuffer elf, int at) {
        elf.putInt(at, 5).putInt(at + 4, 0).putInt(at + 8, 18).put(at + 12, ascii("Else\0"));
        elf.putInt(at + 20, 4).putInt(at + 24, 4).putInt(at + 28, 18).put(at + 32, ascii("Xen\0"));
        elf.putInt(at + 36, (int) PVH_ENTRY);
    }

    static final int BZ_KERNEL_OFFSET = 1024;
    static final int BZ_KERNEL_SIZE = 0x420;
    static final long BZ_PREFERRED = 0x100_0000;
    static final int BZ_INIT_SIZE = 0x30_0000;

    /** A bzImage of protocol 2.15 with one setup sector and a kernel of ascending bytes. */
    static ByteBuffer bzImage() {
        ByteBuffer image = buffer(BZ_KERNEL_OFFSET + BZ_KERNEL_SIZE);
        image.put(0x1F1, (byte) 1).putInt(0x1F4, BZ_KERNEL_SIZE / 16).putShort(0x1FE, (short) 0xAA55);
        image.put(0x1EF, (byte) 0xFF);
        image.put(0x200, (byte) 0xEB).put(0x201, (byte) 0x6A);
        image.putInt(0x202, 0x5372_6448).putShort(0x206, (short) 0x20F);
        image.put(0x211, (byte) 1).putInt(0x214, 0x10_0000).putInt(0x22C, 0x7FFF_FFFF);
        image.putInt(0x230, 0x20_0000).put(0x234, (byte) 1).put(0x235, (byte) 21).putShort(0x236, (short) 0x3F);
        image.putInt(0x238, 2047).putInt(0x248, 0x210).putInt(0x24C, 0x200);
        image.putLong(0x258, BZ_PREFERRED).putInt(0x260, BZ_INIT_SIZE).putInt(0x264, 0x190);
        for (int i = 0; i < BZ_KERNEL_SIZE; i++) {
            image.put(BZ_KERNEL_OFFSET + i, (byte) i);
        }
        return image;
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
