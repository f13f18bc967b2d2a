package dev.jvmm.vsock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;

/** vhost is asked for, and the host has none. */
@DisabledIf(value = "dev.jvmm.vsock.VhostVsockDeviceTest#hostHasVhost",
        disabledReason = "this host has /dev/vhost-vsock")
class NoVhostVsockTest {
    @Test
    void itSaysWhatToDo() {
        assertEquals(
                "this host has no /dev/vhost-vsock: load its driver (modprobe vhost_vsock), give this container the device,"
                        + " or use uds=PATH instead of vhost",
                assertThrows(VsockException.class, () -> VhostVsockDevice.open("vsock0", 3)).getMessage());
    }
}
