package dev.jvmm.virtio.transport;

import dev.jvmm.virtio.VirtioDevice;

/**
 * What the log hears of a device. A guest that lies again and again does not fill the disk: from the {@value #ALL} lines on only every
 * second, fourth, eighth and so on is written. Guarded by the device's lock.
 */
final class DeviceLog {
    private static final int ALL = 8;

    private final VirtioDevice device;
    private long lines;

    DeviceLog(VirtioDevice device) {
        this.device = device;
    }

    void needsReset(String reason) {
        if (isDue()) {
            System.getLogger("dev.jvmm.virtio").log(System.Logger.Level.WARNING, device.name() + ": " + reason
                    + "; it stands still until its driver resets it" + (lines > ALL ? " (time " + lines + ")" : ""));
        }
    }

    void bug(Throwable failure) {
        if (isDue()) {
            System.getLogger("dev.jvmm.virtio").log(System.Logger.Level.ERROR, device.name() + " failed", failure);
        }
    }

    private boolean isDue() {
        lines++;
        return lines <= ALL || Long.bitCount(lines) == 1;
    }
}
