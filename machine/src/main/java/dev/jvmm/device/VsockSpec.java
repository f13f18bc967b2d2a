package dev.jvmm.device;

import dev.jvmm.config.ConfigException;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.vsock.VhostVsockDevice;
import dev.jvmm.vsock.VsockConfig;
import dev.jvmm.vsock.VsockDevice;
import dev.jvmm.vsock.VsockException;
import java.util.List;
import java.util.Objects;

/**
 * A virtio-vsock device.
 *
 * @param config everything about it
 * @param vhost whether the host's kernel connects the guest with sockets of the family AF_VSOCK; then there is no Unix socket
 */
public record VsockSpec(VsockConfig config, boolean vhost) implements DeviceSpec {
    /** Its name among the {@link DeviceSpec#KINDS}. */
    public static final String KIND = "vsock";

    private static final OptionKey CID = new OptionKey("cid", "N", Long.toString(VsockConfig.LEAST_CID),
            "the guest's number, from " + VsockConfig.LEAST_CID
                    + " on; several guests may have the same, but not with `vhost`");
    private static final OptionKey SOCKET = new OptionKey("uds", "PATH", "none",
            "a Unix socket that is made: who connects and writes `CONNECT 1024` reaches the guest's port 1024,"
                    + " and the guest reaches the host's port 52 where somebody listens on `PATH_52`");

    private static final OptionKey VHOST = OptionKey.ofSwitch("vhost", false,
            "instead of `uds`: the host's programs use AF_VSOCK, as the guest's do, through the host's kernel (vhost_vsock)");

    static final List<OptionKey> KEYS = List.of(CID, SOCKET, VHOST);

    /** Takes what is checked already, but that the two ways to the host exclude each other. */
    public VsockSpec {
        Objects.requireNonNull(config);
        if (vhost && config.socket().isPresent()) {
            throw new IllegalArgumentException(
                    "with 'vhost' the host's programs use AF_VSOCK, and no Unix socket: leave out 'uds' or 'vhost'");
        }
    }

    /** One that jvmm serves itself. */
    public VsockSpec(VsockConfig config) {
        this(config, false);
    }

    static VsockSpec parse(String text) {
        OptionText option = new OptionText(KIND, KEYS, text);
        long cid = option.number(CID, VsockConfig.LEAST_CID, VsockConfig.MOST_CID, VsockConfig.LEAST_CID);
        try {
            return new VsockSpec(option.has(SOCKET) ? VsockConfig.of(cid, option.required(SOCKET))
                    : VsockConfig.of(cid), option.isOn(VHOST, false));
        } catch (IllegalArgumentException e) {
            throw option.bad(e.getMessage());
        }
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public String text() {
        OptionWriter writer = new OptionWriter().number(CID, config.cid(), VsockConfig.LEAST_CID);
        if (config.socket().isPresent()) {
            writer.value(SOCKET, config.socket().get());
        }
        return writer.onOff(VHOST, vhost, false).toString();
    }

    @Override
    public VirtioDevice open(GuestMemory memory, String name) {
        try {
            return vhost ? VhostVsockDevice.open(name, config.cid()) : VsockDevice.open(name, config);
        } catch (VsockException e) {
            throw new ConfigException(KIND + ": " + e.getMessage());
        }
    }
}
