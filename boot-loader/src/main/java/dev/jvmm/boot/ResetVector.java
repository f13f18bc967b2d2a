package dev.jvmm.boot;

import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;

/**
 * All that is left of a BIOS: the code at F000:FFF0, where a guest jumps in real mode to reset the machine. Linux does so on a machine
 * with hardware-reduced ACPI and no EFI, without a look at the FADT's reset register (reboot_init() and machine_real_restart()
 * of arch/x86/kernel/reboot.c); it would run through empty memory for ever.
 */
final class ResetVector {
    /** Port 0x64 is {@link AddressMap#PORT_I8042_COMMAND}. */
    private static final byte[] CODE = {
        (byte) 0xB0, (byte) 0xFE, // again: mov al, 0xFE (pull the reset wire)
        (byte) 0xE6, 0x64, //              out 0x64, al
        (byte) 0xF4, //                    hlt
        (byte) 0xEB, (byte) 0xF9 //        jmp again
    };

    private ResetVector() {}

    /** Before the kernel, which may want the page for its ELF header. */
    static void write(GuestMemory memory) {
        memory.write(AddressMap.RESET_VECTOR, CODE);
    }
}
