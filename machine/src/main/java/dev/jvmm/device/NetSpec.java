package dev.jvmm.device;

import dev.jvmm.linux.RandomBytes;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.net.MacAddress;
import dev.jvmm.virtio.net.NetConfig;
import dev.jvmm.virtio.net.NetDevice;
import dev.jvmm.virtio.net.NetException;
import dev.jvmm.virtio.net.host.HostNetwork;
import dev.jvmm.virtio.net.host.HostNetwork.Opened;
import dev.jvmm.virtio.rate.RateLimit;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A virtio-net device.
 *
 * @param source what it leads to
 * @param mac the guest's address; otherwise that of the source if it has one, else a new one each time the device is opened
 * @param mtu bytes of the largest packet; otherwise the source's
 * @param queues pairs of queues
 * @param vhost whether the host's kernel is to move the frames, where it can; only for what leads to a TAP or macvtap, and without limits
 * @param receive bytes of frames to the guest
 * @param transmit bytes of frames from the guest
 */
public record NetSpec(NetSource source, Optional<MacAddress> mac, OptionalInt mtu, int queues,
        boolean vhost, Optional<RateLimit> receive, Optional<RateLimit> transmit) implements DeviceSpec {
    /** Its name among the {@link DeviceSpec#KINDS}. */
    public static final String KIND = "net";

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public String text() {
        return NetOption.text(this);
    }

    @Override
    public VirtioDevice open(GuestMemory memory, String name) {
        Opened opened = source.open(this);
        try {
            if (vhost) {
                HostNetwork.accelerated(opened);
            }
            Optional<MacAddress> given = mac.isPresent() ? mac : opened.mac();
            MacAddress address = given.isPresent() ? given.get() : random();
            return new NetDevice(name,
                    new NetConfig(address, mtu.isPresent() ? mtu : opened.mtu(), queues, receive, transmit),
                    opened.backend());
        } catch (IllegalArgumentException | NetException e) {
            opened.backend().close();
            throw NetOption.bad(e.getMessage());
        }
    }

    private static MacAddress random() {
        return MacAddress.local(MacAddress.of(RandomBytes.take(MacAddress.SIZE), 0).value());
    }
}
