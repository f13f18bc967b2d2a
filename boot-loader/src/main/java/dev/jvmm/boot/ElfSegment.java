package dev.jvmm.boot;

/**
 * A program header of an ELF file, addresses and sizes in bytes as the file says them: unsigned, unchecked.
 *
 * @param type PT_LOAD, PT_NOTE, ...
 * @param offset where its bytes begin in the file
 * @param virtual p_vaddr
 * @param physical p_paddr
 * @param fileSize bytes in the file
 * @param memorySize bytes in memory; those beyond {@code fileSize} are zero
 * @param alignment p_align
 */
record ElfSegment(
        int type, long offset, long virtual, long physical, long fileSize, long memorySize, long alignment) {
    static final int PT_LOAD = 1;
    static final int PT_NOTE = 4;

    /** Whether the physical address lies in the segment's memory. */
    boolean coversPhysical(long address) {
        return Long.compareUnsigned(address - physical, memorySize) < 0;
    }

    /** Whether the virtual address lies in the segment's memory. */
    boolean coversVirtual(long address) {
        return Long.compareUnsigned(address - virtual, memorySize) < 0;
    }
}
