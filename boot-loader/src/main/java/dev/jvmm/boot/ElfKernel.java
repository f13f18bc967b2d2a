package dev.jvmm.boot;

import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;

/**
 * A 64-bit ELF executable entered by the 64-bit Linux protocol: a vmlinux, or any other x86-64 program that is content with
 * long mode, an identity map of the first 4 GiB and the address of boot_params in RSI. Segments go to their p_paddr.
 *
 * @see <a href="https://docs.kernel.org/arch/x86/boot.html#id1">64-bit boot protocol</a>
 */
public final class ElfKernel implements KernelImage {
    /** COMMAND_LINE_SIZE of arch/x86/include/asm/setup.h less the NUL; the kernel cuts off what is longer without a word. */
    static final int LINUX_COMMAND_LINE_MAX = 2047;

    private final ElfFile elf;
    private final long entry;

    ElfKernel(ElfFile elf) {
        this.elf = elf;
        this.entry = elf.physicalEntry();
    }

    @Override
    public BootProtocol protocol() {
        return BootProtocol.LINUX64;
    }

    @Override
    public long start() {
        return elf.start();
    }

    @Override
    public long end() {
        return elf.end();
    }

    @Override
    public long entry() {
        return entry;
    }

    @Override
    public int commandLineMax() {
        return LINUX_COMMAND_LINE_MAX;
    }

    @Override
    public long initrdEnd() {
        return AddressMap.DEVICE_HOLE_START;
    }

    @Override
    public void load(GuestMemory memory) {
        elf.load(memory);
    }
}
