package dev.jvmm.machine;

import dev.jvmm.config.ConfigException;
import dev.jvmm.device.DeviceSpec;
import dev.jvmm.virtio.VirtioDevice;
import java.time.Duration;
import java.util.List;

/**
 * A machine's places for virtio devices, numbered from 0, which are filled and emptied while its guest runs. Any thread; what concerns one
 * slot takes turns.
 */
public interface DeviceSlots {
    /** The number of places; the same at all times. */
    int count();

    /** What sits where, by number. */
    List<Attachment> attached();

    /**
     * A device, to speak with it: a disk that has grown, a card's cable, a balloon's size.
     *
     * @throws SlotException when it is not there any more
     */
    VirtioDevice device(Attachment attachment);

    /** From now on the guest is told of its slots through these; for machines whose guest has its own ear. */
    void tellThrough(SlotSignals signals);

    /**
     * Puts a device into the first empty slot and tells the guest, without waiting for it: for a machine that was not started.
     *
     * @throws ConfigException when the device can not be opened
     * @throws SlotException when no slot is empty
     */
    Attachment fill(DeviceSpec spec);

    /**
     * Puts a device into the first empty slot, tells the guest, and waits until a driver has taken it. If none does, everything is as
     * before.
     *
     * @param patience the longest wait for the guest
     * @throws ConfigException when the device can not be opened
     * @throws SlotException when no slot is empty, or the guest refuses or does not answer in time
     */
    Attachment attach(DeviceSpec spec, Duration patience) throws InterruptedException;

    /**
     * Asks the guest to let go of a device, and takes it out when it has.
     *
     * @param patience the longest wait for the guest
     * @throws SlotException when the guest refuses or does not answer in time; the device stays, and works
     */
    void detach(Attachment attachment, Duration patience) throws InterruptedException;

    /**
     * What a guest says of a slot, after a word to it. Any thread, a vCPU's too; does not block. Ignored when nobody asked.
     *
     * @param refusal why it did not do what it was told; empty when it did
     */
    void answered(int slot, String refusal);
}
