package dev.jvmm.virtio.transport;

/** Hears what a driver makes of its device's status field. */
public interface StatusListener {
    /** Hears nothing. */
    StatusListener NONE = new StatusListener() {
        @Override
        public void statusWritten(int status) {}
    };

    /**
     * The driver has written the field. On the vCPU's thread and with the device's lock held: takes no lock under which a device is called.
     *
     * @param status what the field is now, of {@link DeviceStatus}; 0 after a reset
     */
    void statusWritten(int status);
}
