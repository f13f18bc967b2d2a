package dev.jvmm.bus;

/**
 * Something that answers at a range of ports or guest-physical addresses. Called on vCPU threads, on several at the same
 * time; what it throws is caught by the bus and counts as no answer.
 */
public interface BusDevice {
    /**
     * Reads a register.
     *
     * @param offset from the start of the range; all of the access lies inside it
     * @param size 1, 2, 4 or 8 bytes
     * @return the value, little-endian in the low bytes; what lies above {@code size} is cut off
     */
    long read(long offset, int size);

    /**
     * Writes a register.
     *
     * @param offset from the start of the range; all of the access lies inside it
     * @param size 1, 2, 4 or 8 bytes
     * @param value little-endian in the low bytes, zero above {@code size}
     */
    void write(long offset, int size, long value);
}
