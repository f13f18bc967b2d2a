package dev.jvmm.bus;

/** Writes to the system logger, which is looked up only when there is something to say. */
final class FaultLogger implements FaultListener {
    @Override
    public void deviceFailed(String bus, BusDevice device, long address, RuntimeException failure) {
        String message = bus + " access at 0x" + Long.toHexString(address) + ": " + device.getClass().getName()
                + " failed; the guest sees an empty bus (said once per device)";
        System.getLogger("dev.jvmm.bus").log(System.Logger.Level.ERROR, message, failure);
    }
}
