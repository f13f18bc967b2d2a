package dev.jvmm.boot;

/**
 * A 64-bit ELF executable entered by the 64-bit Linux protocol: a vmlinux, or any other x86-64 program that is content with
 * long mode, an identity map of the first 4 GiB and the address of boot_params in RSI. Segments go to their p_paddr.
 *
 * @see <a href="https://docs.kernel.org/arch/x86/boot.html#id1">64-bit boot protocol</a>
 */
public final class ElfKernel extends ElfImage {
    ElfKernel(ElfFile elf) {
        super(elf, elf.physicalEntry());
    }

    @Override
    public BootProtocol protocol() {
        return BootProtocol.LINUX64;
    }
}
