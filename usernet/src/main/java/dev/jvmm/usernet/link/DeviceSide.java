package dev.jvmm.usernet.link;

import dev.jvmm.linux.FileDescriptor;

/** What the exchange needs of the device. Any thread. */
public interface DeviceSide {
    /** Has {@code readable} called with the device's lock held, or nothing if the device is gone. */
    void frameReady();

    /** Has {@code writable} called likewise. */
    void roomReady();

    /**
     * Watches a descriptor for input, not before the first {@link Watch#again}.
     *
     * @param ready called on the VM's event loop, and then no more before the next {@link Watch#again}
     */
    Watch watch(FileDescriptor descriptor, Runnable ready);

    /** A descriptor that is watched. */
    interface Watch {
        /** Has {@code ready} called once more. Not with the device's lock held. */
        void again();

        /** Ends it. Not with the device's lock held. */
        void close();
    }
}
