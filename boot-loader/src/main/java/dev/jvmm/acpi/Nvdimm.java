package dev.jvmm.acpi;

/**
 * An NVDIMM, as the tables describe it.
 *
 * @param index its place, from 0
 * @param address guest-physical, where it can be used
 * @param size in bytes
 * @param readOnly whether what the guest writes is lost; it is told
 * @param flushHint guest-physical address that a write to has everything reach the disk
 */
public record Nvdimm(int index, long address, long size, boolean readOnly, long flushHint) {
    /** The most places. */
    public static final int MAX_INDEX = 15;

    /** Checks the place. */
    public Nvdimm {
        if (index < 0 || index > MAX_INDEX) {
            throw new IllegalArgumentException("an NVDIMM in place " + index + ": give 0 to " + MAX_INDEX);
        }
    }

    /** What ACPI calls it by: never 0. */
    public int handle() {
        return handle(index);
    }

    static int handle(int index) {
        return index + 1;
    }
}
