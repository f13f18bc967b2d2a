package dev.jvmm.virtio.net.host;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.testing.RequiresNetworks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.condition.DisabledIf;

/** vhost is asked for, and the host has none: frames go as ever. */
@RequiresNetworks
@DisabledIf(value = "dev.jvmm.virtio.net.host.CardOnVhostTest#hostHasVhost",
        disabledReason = "this host has /dev/vhost-net")
final class CardWithoutVhostTest extends CardOnTapTest {
    @Override
    HostNetwork.Opened opened(String tap) {
        return HostNetwork.accelerated(super.opened(tap));
    }

    @AfterEach
    void weMovedFrames() {
        assertTrue(device.statistics().sentFrames() + device.statistics().receivedFrames() > 0);
    }
}
