package dev.jvmm.usernet.link;

/** What the exchange needs of the device. Any thread. */
public interface DeviceSide {
    /** Has {@code readable} called with the device's lock held, or nothing if the device is gone. */
    void frameReady();

    /** Has {@code writable} called likewise. */
    void roomReady();
}
