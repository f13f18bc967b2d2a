package dev.jvmm.machine;

import dev.jvmm.kvm.KvmSystem;
import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.virtio.transport.DeviceStatus;
import dev.jvmm.virtio.transport.MmioRegisters;
import dev.jvmm.vm.AssistedInstructions;
import dev.jvmm.vm.VirtualMachine;

/** A machine without a kernel, whose slots' registers a test works as a guest's drivers would. */
final class BusDriver implements AutoCloseable {
    private static final int AGREED = DeviceStatus.ACKNOWLEDGE | DeviceStatus.DRIVER | DeviceStatus.FEATURES_OK;
    private static final long VERSION_1_IN_WORD_1 = 1;

    final VirtualMachine vm;

    BusDriver() {
        GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(8L << 20));
        vm = VirtualMachine.create(KvmSystem.open(), memory, 1, new AssistedInstructions(memory, 1));
    }

    long read(int slot, int register) {
        return vm.mmio().read(AddressMap.virtioAddress(slot) + register, Integer.BYTES);
    }

    void write(int slot, int register, long value) {
        vm.mmio().write(AddressMap.virtioAddress(slot) + register, Integer.BYTES, value);
    }

    void status(int slot, int value) {
        write(slot, MmioRegisters.STATUS, value);
    }

    /** From a device that was just reset to one that is driven. */
    void drive(int slot) {
        status(slot, DeviceStatus.ACKNOWLEDGE);
        status(slot, DeviceStatus.ACKNOWLEDGE | DeviceStatus.DRIVER);
        write(slot, MmioRegisters.DRIVER_FEATURES_SEL, 1);
        write(slot, MmioRegisters.DRIVER_FEATURES, VERSION_1_IN_WORD_1);
        status(slot, AGREED);
        status(slot, AGREED | DeviceStatus.DRIVER_OK);
    }

    @Override
    public void close() {
        vm.close();
    }
}
