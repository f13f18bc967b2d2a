package dev.jvmm.assist;

import java.util.HexFormat;

/**
 * A guest in 64-bit kernel mode, hand-assembled. R12 points to results, R15 to a log of exceptions (vector, error code, CR2,
 * RIP), R14 is where a fault resumes. Then it goes to CPL 3, whose code fills vector registers and traps with UD2; the handler
 * saves the state, loads another and brings the first back.
 */
final class KernelModeCode {
    /** Offsets of the entry points of the exceptions 3, 6, 13, 14. */
    static final int[] HANDLERS = { 0x1AE, 0x1B4, 0x1BA, 0x1BE };

    private static final String KERNEL = """
            ; start:
            41 BC 00 00 04 00  ; mov r12d,0x40000
            41 BF 00 20 04 00  ; mov r15d,0x42000
            45 31 F6  ; xor r14d,r14d
            45 31 DB  ; xor r11d,r11d
            31 C9  ; xor ecx,ecx
            31 D2  ; xor edx,edx
            B8 07 00 00 00  ; mov eax,0x7
            0F 01 D1  ; xsetbv
            0F 01 D0  ; xgetbv
            49 89 04 24  ; mov [r12],rax
            48 BB 78 56 34 12 78 56 34 12  ; movabs rbx,0x1234567812345678
            F3 48 0F B8 C3  ; popcnt rax,rbx
            49 89 44 24 08  ; mov [r12+0x8],rax
            0F 01 CB  ; stac
            9C  ; pushf
            41 8F 44 24 10  ; pop [r12+0x10]
            0F 01 CA  ; clac
            9C  ; pushf
            41 8F 44 24 18  ; pop [r12+0x18]
            DB E3  ; fninit
            66 41 C7 44 24 20 7F 02  ; mov [r12+0x20],0x27f
            41 D9 6C 24 20  ; fldcw [r12+0x20]
            41 D9 7C 24 22  ; fnstcw [r12+0x22]
            9B  ; fwait
            41 C7 44 24 28 C0 9F 00 00  ; mov [r12+0x28],0x9fc0
            41 0F AE 54 24 28  ; ldmxcsr [r12+0x28]
            41 0F AE 5C 24 2C  ; stmxcsr [r12+0x2c]
            66 48 0F 6E DB  ; movq xmm3,rbx
            B8 07 00 00 00  ; mov eax,0x7
            31 D2  ; xor edx,edx
            48 0F AE 24 25 40 0F 06 00  ; xsave64 ds:0x60f40
            66 0F EF DB  ; pxor xmm3,xmm3
            66 41 0F D6 5C 24 30  ; movq [r12+0x30],xmm3
            B8 07 00 00 00  ; mov eax,0x7
            31 D2  ; xor edx,edx
            48 0F AE 2C 25 40 0F 06 00  ; xrstor64 ds:0x60f40
            66 41 0F D6 5C 24 38  ; movq [r12+0x38],xmm3
            31 C0  ; xor eax,eax
            31 D2  ; xor edx,edx
            B9 55 55 00 00  ; mov ecx,0x5555
            F0 49 0F C7 8C 24 00 01 00 00  ; lock cmpxchg16b O[r12+0x100]
            41 0F 94 44 24 40  ; sete [r12+0x40]
            F0 49 0F C7 8C 24 00 01 00 00  ; lock cmpxchg16b O[r12+0x100]
            41 0F 94 44 24 41  ; sete [r12+0x41]
            49 89 44 24 48  ; mov [r12+0x48],rax
            49 89 54 24 50  ; mov [r12+0x50],rdx
            0F 01 F9  ; rdtscp
            48 C1 E2 20  ; shl rdx,0x20
            48 09 D0  ; or rax,rdx
            49 89 44 24 58  ; mov [r12+0x58],rax
            0F 01 F9  ; rdtscp
            48 C1 E2 20  ; shl rdx,0x20
            48 09 D0  ; or rax,rdx
            49 89 44 24 60  ; mov [r12+0x60],rax
            F3 41 0F BC 44 24 08  ; tzcnt eax,[r12+0x8]
            C4 E2 F8 F2 CB  ; andn rcx,rax,rbx
            C4 E2 E2 F5 D1  ; pext rdx,rbx,rcx
            C4 E3 FB F0 F2 05  ; rorx rsi,rdx,0x5
            F2 48 0F 38 F1 F3  ; crc32 rsi,rbx
            49 89 74 24 70  ; mov [r12+0x70],rsi
            B8 10 00 00 00  ; mov eax,0x10
            0F 00 E8  ; verw ax
            41 0F 94 44 24 78  ; sete [r12+0x78]
            31 C0  ; xor eax,eax
            0F 00 E8  ; verw ax
            41 0F 94 44 24 79  ; sete [r12+0x79]
            CC  ; int3
            4C 8D 35 04 00 00 00  ; lea r14,[rip+0x4]
            F0 0F 01 D0  ; lock xgetbv
            4C 8D 35 0E 00 00 00  ; lea r14,[rip+0xe]
            B8 07 00 00 00  ; mov eax,0x7
            48 0F AE 2C 25 48 0F 06 00  ; xrstor64 ds:0x60f48
            4C 8D 35 09 00 00 00  ; lea r14,[rip+0x9]
            F3 0F B8 04 25 08 00 09 00  ; popcnt eax,ds:0x90008
            4C 8D 35 10 00 00 00  ; lea r14,[rip+0x10]
            B8 07 00 00 00  ; mov eax,0x7
            31 D2  ; xor edx,edx
            48 0F AE 24 25 00 10 09 00  ; xsave64 ds:0x91000
            4C 8D 35 08 00 00 00  ; lea r14,[rip+0x8]
            B9 08 00 00 00  ; mov ecx,0x8
            0F 01 D1  ; xsetbv
            66 41 C7 44 24 22 7E 03  ; mov [r12+0x22],0x37e
            41 D9 6C 24 22  ; fldcw [r12+0x22]
            6A 1B  ; push 0x1b
            68 00 10 08 00  ; push 0x81000
            6A 02  ; push 0x2
            6A 23  ; push 0x23
            68 00 00 03 00  ; push 0x30000
            48 CF  ; iretq
              ; 00000000000001ae <vec3>:
            6A 00  ; push 0x0
            6A 03  ; push 0x3
            EB 0C  ; jmp 1c0
              ; 00000000000001b4 <vec6>:
            6A 00  ; push 0x0
            6A 06  ; push 0x6
            EB 06  ; jmp 1c0
              ; 00000000000001ba <vec13>:
            6A 0D  ; push 0xd
            EB 02  ; jmp 1c0
              ; 00000000000001be <vec14>:
            6A 0E  ; push 0xe
              ; 00000000000001c0 <common>:
            41 8F 07  ; pop [r15]
            41 8F 47 08  ; pop [r15+0x8]
            0F 20 D0  ; mov rax,cr2
            49 89 47 10  ; mov [r15+0x10],rax
            48 8B 04 24  ; mov rax,[rsp]
            49 89 47 18  ; mov [r15+0x18],rax
            49 83 C7 20  ; add r15,0x20
            F6 44 24 08 03  ; test [rsp+0x8],0x3
            75 0E  ; jne 1ef
            4D 85 F6  ; test r14,r14
            74 07  ; je 1ed
            4C 89 34 24  ; mov [rsp],r14
            45 31 F6  ; xor r14d,r14d
            48 CF  ; iretq
              ; 00000000000001ef <user>:
            48 83 04 24 02  ; add [rsp],0x2
            41 FF C3  ; inc r11d
            41 83 FB 02  ; cmp r11d,0x2
            74 34  ; je 231
            B8 07 00 00 00  ; mov eax,0x7
            31 D2  ; xor edx,edx
            48 0F AE 24 25 40 0F 06 00  ; xsave64 ds:0x60f40
            48 0F AE 2C 25 00 20 06 00  ; xrstor64 ds:0x62000
            45 0F 11 BC 24 20 01 00 00  ; movups [r12+0x120],xmm15
            B8 07 00 00 00  ; mov eax,0x7
            31 D2  ; xor edx,edx
            48 0F AE 2C 25 40 0F 06 00  ; xrstor64 ds:0x60f40
            48 CF  ; iretq
            ; done:
            B0 FE  ; mov al,0xfe
            E6 64  ; out 0x64,al
            F4  ; hlt
            """;

    private static final String USER = """
            ; text:
            B8 00 00 08 00  ; mov eax,0x80000
            C5 FE 6F 00  ; vmovdqu ymm0,[rax]
            C5 7E 6F 78 20  ; vmovdqu ymm15,[rax+0x20]
            0F 0B  ; ud2
            B8 00 00 08 00  ; mov eax,0x80000
            C5 FE 7F 40 40  ; vmovdqu [rax+0x40],ymm0
            C5 7E 7F 78 60  ; vmovdqu [rax+0x60],ymm15
            0F 0B  ; ud2
            """;

    private KernelModeCode() {}

    static byte[] kernel() {
        return assemble(KERNEL);
    }

    static byte[] user() {
        return assemble(USER);
    }

    private static byte[] assemble(String listing) {
        return HexFormat.of().parseHex(listing.replaceAll(";[^\n]*", "").replaceAll("\\s", ""));
    }
}
