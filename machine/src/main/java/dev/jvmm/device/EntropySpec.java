package dev.jvmm.device;

import dev.jvmm.config.ConfigException;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.entropy.EntropyConfig;
import dev.jvmm.virtio.entropy.EntropyDevice;
import dev.jvmm.virtio.rate.RateLimit;
import java.util.List;
import java.util.Optional;

/**
 * A virtio-rng device.
 *
 * @param config how much it gives; without a limit, {@link EntropyConfig#UNLIMITED}
 */
public record EntropySpec(EntropyConfig config) implements DeviceSpec {
    /** Its name among the {@link DeviceSpec#KINDS}. */
    public static final String KIND = "rng";

    private static final OptionKey BANDWIDTH = new OptionKey("bw", "SIZE[/SIZE]", "no limit",
            "bytes per second; behind the slash, what may be used at once after a rest, else one second's worth");

    static final List<OptionKey> KEYS = List.of(BANDWIDTH);

    /** Checks the range, and makes equal what works alike. */
    public EntropySpec {
        if (config.bytesPerSecond() == 0) {
            config = EntropyConfig.UNLIMITED;
        } else if (config.bytesPerSecond() > RateLimit.MOST || config.burst() > RateLimit.MOST) {
            throw new ConfigException("entropy of " + config.bytesPerSecond() + " bytes per second and "
                    + config.burst() + " at once: give at most " + RateLimit.MOST + ", or no limit");
        }
    }

    static EntropySpec parse(String text) {
        Optional<RateLimit> limit = new OptionText(KIND, KEYS, text).rate(BANDWIDTH, true);
        return new EntropySpec(limit.isEmpty()
                ? EntropyConfig.UNLIMITED
                : new EntropyConfig(limit.get().perSecond(), limit.get().burst()));
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public String text() {
        return config.bytesPerSecond() == 0
                ? ""
                : new OptionWriter()
                        .rate(BANDWIDTH, Optional.of(new RateLimit(config.bytesPerSecond(), config.burst())))
                        .toString();
    }

    @Override
    public VirtioDevice open(GuestMemory memory, String name) {
        return new EntropyDevice(config);
    }
}
