package dev.jvmm.bus;

/** Hears of devices that threw. Called on the vCPU's thread, once per device and bus. */
public interface FaultListener {
    /**
     * A device threw: the guest read all ones, or its write vanished.
     *
     * @param bus the bus's name
     * @param device who threw
     * @param address the port or guest-physical address
     */
    void deviceFailed(String bus, BusDevice device, long address, RuntimeException failure);
}
