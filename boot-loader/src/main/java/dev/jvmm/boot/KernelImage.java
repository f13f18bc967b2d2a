package dev.jvmm.boot;

import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;
import java.nio.ByteBuffer;

/**
 * A kernel whose headers have been read and checked, ready to be loaded. Physical addresses are in bytes; start and end lie
 * between {@link AddressMap#ELF_HEADER_PAGE} and 3 GiB whatever the file says.
 */
public sealed interface KernelImage permits BzImage, ElfImage {
    /**
     * Finds out what a file is, by its first bytes.
     *
     * @param source stays open and is used by {@link #load}
     * @param protocol how it is to be entered; see {@link BootProtocol#AUTO} for the rule
     * @throws BootException when it is no kernel for this machine, is damaged, or cannot be entered in the way asked for
     */
    static KernelImage open(BootSource source, BootProtocol protocol) {
        ByteBuffer head = NativeBuffers.allocate((int) Math.min(source.size(), AddressMap.PAGE_SIZE));
        source.read(0, head);
        if (head.limit() >= 4 && head.getInt(0) == ElfFile.MAGIC) {
            return ofElf(new ElfFile(source, head), protocol);
        }
        if (!BzImage.matches(head)) {
            throw source.error(NotAKernel.guess(head));
        }
        if (protocol == BootProtocol.PVH) {
            throw source.error("a bzImage has no PVH entry; use the 64-bit Linux protocol, or give the ELF vmlinux");
        }
        return new BzImage(source, head);
    }

    private static KernelImage ofElf(ElfFile elf, BootProtocol protocol) {
        if (protocol == BootProtocol.PVH) {
            return new PvhKernel(elf);
        }
        if (elf.wide()) {
            return new ElfKernel(elf);
        }
        if (protocol == BootProtocol.LINUX64) {
            throw elf.source().error("a 32-bit ELF file has no 64-bit Linux entry; give a 64-bit kernel, or use PVH");
        }
        return new PvhKernel(elf);
    }

    /** {@link BootProtocol#LINUX64} or {@link BootProtocol#PVH}. */
    BootProtocol protocol();

    /** The lowest physical address it takes. */
    long start();

    /** The first physical address behind what it takes, with what it clears or unpacks itself into before it reads its memory map. */
    long end();

    /** The physical address of its first instruction. */
    long entry();

    /** The longest command line it reads, in bytes without the final NUL. */
    int commandLineMax();

    /** The first physical address that an initial ramdisk may not touch. */
    long initrdEnd();

    /** Reads it into guest memory. Memory beyond the file's bytes is expected to be zero already, as fresh memory is. */
    void load(GuestMemory memory);
}
