package dev.jvmm.runtime.backend;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A kernel of a few instructions for every hypervisor that can boot PVH: it greets on the first serial port, sends back what it
 * receives, resets the machine when that is a {@code q}, and reports a panic when it is a {@code p}.
 */
final class TestKernel {
    static final String GREETING = "ready\n";

    private static final int BASE = 0x10_0000;
    private static final int STACK = 0x10_8000;

    /** ELF header, two program headers, the note, then code. */
    private static final int NOTE = 52 + 2 * 32;

    private static final int CODE = NOTE + 20;
    private static final int GREETING_AT = 0x100;
    private static final int NO_INTERRUPTS = 0x180;
    private static final int SIZE = 0x200;

    private TestKernel() {}

    static Path write(Path file) throws IOException {
        ByteBuffer elf = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
        header(elf);
        programHeader(elf, 1, 0, SIZE); // PT_LOAD
        programHeader(elf, 4, NOTE, 20); // PT_NOTE
        elf.putInt(4).putInt(4).putInt(18).putInt('X' | 'e' << 8 | 'n' << 16); // XEN_ELFNOTE_PHYS32_ENTRY
        elf.putInt(BASE + CODE);
        code(elf);
        elf.put(GREETING_AT, GREETING.getBytes(StandardCharsets.US_ASCII));
        return Files.write(file, elf.array());
    }

    private static void header(ByteBuffer elf) {
        elf.putInt(0x464C457F).put((byte) 1).put((byte) 1).put((byte) 1).position(16); // 32-bit, little-endian
        elf.putShort((short) 2).putShort((short) 3).putInt(1); // ET_EXEC, EM_386
        elf.putInt(BASE + CODE).putInt(52).putInt(0).putInt(0); // entry, program headers, no sections
        elf.putShort((short) 52).putShort((short) 32).putShort((short) 2);
        elf.putShort((short) 40).putShort((short) 0).putShort((short) 0);
    }

    private static void programHeader(ByteBuffer elf, int type, int offset, int size) {
        elf.putInt(type).putInt(offset).putInt(BASE + offset).putInt(BASE + offset);
        elf.putInt(size).putInt(size).putInt(7).putInt(4);
    }

    private static void code(ByteBuffer elf) {
        bytes(elf, 0xBC).putInt(STACK); //         mov esp, STACK
        bytes(elf, 0xBE).putInt(BASE + GREETING_AT); // mov esi, greeting
        bytes(elf, 0x66, 0xBA, 0xFC, 0x03); //      mov dx, 0x3FC (modem control)
        bytes(elf, 0xB0, 0x03, 0xEE); //            mov al, 3; out dx, al (ready to receive)
        int next = elf.position();
        bytes(elf, 0x8A, 0x06); //            next: mov al, [esi]
        bytes(elf, 0x84, 0xC0); //                  test al, al
        int toPoll = jump(elf, 0x74); //            jz poll
        int putFirst = call(elf); //                call put
        bytes(elf, 0x46); //                        inc esi
        land(elf, jump(elf, 0xEB), next); //        jmp next
        int poll = elf.position();
        land(elf, toPoll, poll);
        bytes(elf, 0x66, 0xBA, 0xFD, 0x03); // poll: mov dx, 0x3FD (line status)
        bytes(elf, 0xEC, 0xA8, 0x01); //            in al, dx; test al, 1 (data ready)
        land(elf, jump(elf, 0x74), poll); //        jz poll
        bytes(elf, 0x66, 0xBA, 0xF8, 0x03, 0xEC); // mov dx, 0x3F8; in al, dx
        bytes(elf, 0x3C, 'q'); //                   cmp al, 'q'
        int toQuit = jump(elf, 0x74); //            je quit
        bytes(elf, 0x3C, 'p'); //                   cmp al, 'p'
        int toPanic = jump(elf, 0x74); //           je panic
        int putNext = call(elf); //                 call put
        land(elf, jump(elf, 0xEB), poll); //        jmp poll
        land(elf, toPanic, elf.position());
        bytes(elf, 0x66, 0xBA, 0x05, 0x05); // panic: mov dx, 0x505 (pvpanic)
        bytes(elf, 0xB0, 0x01, 0xEE); //            mov al, 1; out dx, al
        land(elf, jump(elf, 0xEB), poll); //        jmp poll
        land(elf, toQuit, elf.position());
        bytes(elf, 0xB0, 0xFE, 0xE6, 0x64); //quit: mov al, 0xFE; out 0x64, al (keyboard controller's reset)
        bytes(elf, 0x0F, 0x01, 0x1D).putInt(BASE + NO_INTERRUPTS); // lidt [zeros]: without a controller, a triple fault
        bytes(elf, 0x0F, 0x0B); //                  ud2
        int put = elf.position();
        elf.putInt(putFirst, put - putFirst - 4).putInt(putNext, put - putNext - 4);
        bytes(elf, 0x88, 0xC4); //             put: mov ah, al
        bytes(elf, 0x66, 0xBA, 0xFD, 0x03); //      mov dx, 0x3FD
        int wait = elf.position();
        bytes(elf, 0xEC, 0xA8, 0x20); //      wait: in al, dx; test al, 0x20 (transmitter empty)
        land(elf, jump(elf, 0x74), wait); //        jz wait
        bytes(elf, 0x66, 0xBA, 0xF8, 0x03); //      mov dx, 0x3F8
        bytes(elf, 0x88, 0xE0, 0xEE, 0xC3); //      mov al, ah; out dx, al; ret
    }

    private static ByteBuffer bytes(ByteBuffer elf, int... code) {
        for (int value : code) {
            elf.put((byte) value);
        }
        return elf;
    }

    /** Emits a short jump; returns where its distance stands. */
    private static int jump(ByteBuffer elf, int opcode) {
        bytes(elf, opcode, 0);
        return elf.position() - 1;
    }

    private static void land(ByteBuffer elf, int distance, int target) {
        elf.put(distance, (byte) (target - distance - 1));
    }

    /** Emits a near call; returns where its distance stands. */
    private static int call(ByteBuffer elf) {
        bytes(elf, 0xE8).putInt(0);
        return elf.position() - 4;
    }
}
