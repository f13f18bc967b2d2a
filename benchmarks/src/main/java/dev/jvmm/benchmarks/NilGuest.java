package dev.jvmm.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The guest that does nothing: an ELF file whose first two instructions write 0xFE to port 0x64, a PC's reset, and whose third is
 * undefined, a triple fault for machines without that port. A boot of it is the monitor's own cost. It carries the PVH note, by which
 * QEMU enters it.
 */
final class NilGuest {
    private static final long ENTRY = 0x10_0000;
    private static final int HEADER = 64;
    private static final int PROGRAM_HEADER = 56;
    private static final int NOTE_AT = HEADER + 2 * PROGRAM_HEADER;
    private static final int CODE_AT = 0x1000;
    private static final int PT_LOAD = 1;
    private static final int PT_NOTE = 4;
    private static final int FLAGS_READ_EXECUTE = 5;
    private static final int FLAGS_READ = 4;
    private static final int XEN_ELFNOTE_PHYS32_ENTRY = 18;
    private static final short ET_EXEC = 2;
    private static final short EM_X86_64 = 62;

    /** mov al, 0xFE; out 0x64, al; ud2 */
    private static final byte[] CODE = { (byte) 0xB0, (byte) 0xFE, (byte) 0xE6, 0x64, 0x0F, 0x0B };

    private NilGuest() {}

    /** Writes it to a file. */
    static Path write(Path file) throws IOException {
        ByteBuffer elf = ByteBuffer.allocate(CODE_AT + CODE.length).order(ByteOrder.LITTLE_ENDIAN);
        elf.put(new byte[]{ 0x7F, 'E', 'L', 'F', 2, 1, 1 }).position(16);
        elf.putShort(ET_EXEC).putShort(EM_X86_64).putInt(1).putLong(ENTRY).putLong(HEADER).putLong(0).putInt(0);
        elf.putShort((short) HEADER).putShort((short) PROGRAM_HEADER).putShort((short) 2).position(HEADER);
        byte[] note = note();
        programHeader(elf, PT_LOAD, FLAGS_READ_EXECUTE, CODE_AT, ENTRY, CODE.length);
        programHeader(elf, PT_NOTE, FLAGS_READ, NOTE_AT, NOTE_AT, note.length);
        elf.put(NOTE_AT, note).put(CODE_AT, CODE);
        return Files.write(file, elf.array());
    }

    private static void programHeader(ByteBuffer elf, int type, int flags, long offset, long address, long size) {
        elf.putInt(type).putInt(flags).putLong(offset).putLong(address).putLong(address);
        elf.putLong(size).putLong(size).putLong(type == PT_LOAD ? CODE_AT : Integer.BYTES);
    }

    private static byte[] note() {
        byte[] name = "Xen\0".getBytes(StandardCharsets.US_ASCII);
        ByteBuffer note = ByteBuffer.allocate(3 * Integer.BYTES + name.length + Long.BYTES);
        note.order(ByteOrder.LITTLE_ENDIAN);
        note.putInt(name.length).putInt(Long.BYTES).putInt(XEN_ELFNOTE_PHYS32_ENTRY).put(name).putLong(ENTRY);
        return note.array();
    }
}
