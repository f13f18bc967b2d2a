package dev.jvmm.boot;

import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;

/** What the kernels in ELF files have in common, whichever way they are entered. */
abstract sealed class ElfImage implements KernelImage permits ElfKernel, PvhKernel {
    /** COMMAND_LINE_SIZE of arch/x86/include/asm/setup.h less the NUL; the kernel cuts off what is longer without a word. */
    private static final int LINUX_COMMAND_LINE_MAX = 2047;

    private final ElfFile elf;
    private final long entry;

    ElfImage(ElfFile elf, long entry) {
        this.elf = elf;
        this.entry = entry;
    }

    @Override
    public final long start() {
        return elf.start();
    }

    @Override
    public final long end() {
        return elf.end();
    }

    @Override
    public final long entry() {
        return entry;
    }

    @Override
    public final int commandLineMax() {
        return LINUX_COMMAND_LINE_MAX;
    }

    @Override
    public final long initrdEnd() {
        return AddressMap.DEVICE_HOLE_START;
    }

    @Override
    public final void load(GuestMemory memory) {
        elf.load(memory);
    }
}
