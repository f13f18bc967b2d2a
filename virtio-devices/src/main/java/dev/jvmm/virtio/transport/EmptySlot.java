package dev.jvmm.virtio.transport;

import dev.jvmm.bus.BusDevice;
import dev.jvmm.state.Stateless;

/**
 * The registers of a place where a device could be: a device ID of 0 tells drivers to leave it alone, without a word in the log. What is
 * written goes nowhere, so there is no state.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 4.2.2, DeviceID
 */
public final class EmptySlot implements BusDevice, Stateless {
    /** Without state of its own: one serves any number of places. */
    public EmptySlot() {}

    @Override
    public long read(long offset, int size) {
        if (size != Integer.BYTES) {
            return 0;
        }
        return switch ((int) offset) {
            case MmioRegisters.MAGIC_VALUE -> MmioRegisters.MAGIC;
            case MmioRegisters.VERSION -> MmioRegisters.VERSION_2;
            case MmioRegisters.VENDOR_ID -> MmioTransport.VENDOR;
            default -> 0;
        };
    }

    @Override
    public void write(long offset, int size, long value) {
        // nobody is there
    }
}
