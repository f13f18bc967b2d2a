package dev.jvmm.virtio.transport;

import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateRecord;
import dev.jvmm.state.StateWriter;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.queue.VirtioException;

/** What of a session goes into a snapshot. With the device's lock held. */
final class SessionState {
    /** The most that a device's own record may hold. */
    private static final int MAX_DEVICE_BYTES = 16 << 20;

    private static final int ALL_STATUS = DeviceStatus.ACKNOWLEDGE | DeviceStatus.DRIVER | DeviceStatus.FEATURES_OK
            | DeviceStatus.DRIVER_OK | DeviceStatus.NEEDS_RESET | DeviceStatus.FAILED;

    private SessionState() {}

    static void save(Session session, StateWriter out) {
        VirtioDevice device = session.device();
        out.int8(session.status()).int64(session.features().accepted()).int8(session.interrupts().bits());
        out.int32(device.config().generation());
        out.int32(session.queues().count());
        for (int i = 0; i < session.queues().count(); i++) {
            QueueSetup queue = session.queues().get(i);
            out.int32(queue.size).int64(queue.descriptors).int64(queue.available).int64(queue.used);
            out.bool(queue.isFrozen());
            if (queue.isFrozen()) {
                queue.queue().save(out);
            }
        }
        StateRecord own = StateRecord.of(device.name(), device);
        out.int32(own.version()).bytes(own.bytes());
    }

    static void restore(Session session, StateReader in) {
        VirtioDevice device = session.device();
        int status = in.int8();
        long features = in.int64();
        int interrupts = in.int8(0, MmioRegisters.INTERRUPT_USED_BUFFER | MmioRegisters.INTERRUPT_CONFIG_CHANGE);
        int generation = in.int32();
        check(session, status, features, in);
        session.features().restore(features);
        int queues = in.int32();
        if (queues != session.queues().count()) {
            throw in.bad("has " + queues + " queues, and this device " + session.queues().count());
        }
        for (int i = 0; i < queues; i++) {
            restoreQueue(session, i, status, in);
        }
        int version = in.int32(0, Integer.MAX_VALUE);
        new StateRecord(device.name(), version, in.bytes(MAX_DEVICE_BYTES)).restore(device);
        device.config().restoreGeneration(generation);
        session.interrupts().set(interrupts);
        session.restore(status);
    }

    /** A status that a driver could have come to. */
    private static void check(Session session, int status, long features, StateReader in) {
        int steps = status & ~(DeviceStatus.NEEDS_RESET | DeviceStatus.FAILED);
        boolean inOrder = steps == 0 || steps == 1 || steps == 3 || steps == 11 || steps == 15;
        if ((status & ~ALL_STATUS) != 0 || !inOrder) {
            throw in.bad("has the status 0x" + Integer.toHexString(status));
        }
        boolean agreed = (status & DeviceStatus.FEATURES_OK) != 0;
        if (agreed && !session.features().isFine(features)) {
            throw in.bad("has the features 0x" + Long.toHexString(features) + ", and this device offers 0x"
                    + Long.toHexString(session.features().offered()));
        }
    }

    private static void restoreQueue(Session session, int index, int status, StateReader in) {
        QueueSetup queue = session.queues().get(index);
        queue.size = in.int32();
        queue.descriptors = in.int64();
        queue.available = in.int64();
        queue.used = in.int64();
        if (!in.bool()) {
            return;
        }
        if ((status & DeviceStatus.FEATURES_OK) == 0) {
            throw in.bad("has a queue that is ready before features are agreed on");
        }
        try {
            queue.makeReady(session.ram(), session.features(), session.interrupts());
        } catch (VirtioException e) {
            throw in.bad("has a queue " + index + " of which " + e.getMessage());
        }
        queue.queue().restore(in);
        if ((status & DeviceStatus.NEEDS_RESET) != 0) {
            queue.queue().retire();
        }
    }
}
