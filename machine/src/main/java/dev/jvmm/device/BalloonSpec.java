package dev.jvmm.device;

import dev.jvmm.config.ConfigException;
import dev.jvmm.config.MemorySize;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.balloon.BalloonConfig;
import dev.jvmm.virtio.balloon.BalloonDevice;
import dev.jvmm.virtio.balloon.BalloonListener;
import java.util.List;
import java.util.Objects;

/**
 * A virtio-balloon.
 *
 * @param config everything about it
 */
public record BalloonSpec(BalloonConfig config) implements DeviceSpec {
    /** Its name among the {@link DeviceSpec#KINDS}. */
    public static final String KIND = "balloon";

    private static final OptionKey SIZE = new OptionKey("size", "SIZE", "0",
            "memory that the guest shall give back at once, whole pages of 4 KiB");
    private static final OptionKey DEFLATE = OptionKey.ofSwitch("deflate-on-oom", true,
            "a guest that runs out of memory takes from the balloon");
    private static final OptionKey STATISTICS = OptionKey.ofSwitch("statistics", false,
            "the guest tells how much memory it uses");
    private static final OptionKey REPORTING = OptionKey.ofSwitch("free-page-reporting", true,
            "what the guest does not use goes back to the host by itself");

    static final List<OptionKey> KEYS = List.of(SIZE, DEFLATE, STATISTICS, REPORTING);

    /** The most that 32-bit page numbers can count. */
    private static final long MOST = 0xFFFF_FFFFL * BalloonDevice.PAGE;

    /** Takes what is checked already. */
    public BalloonSpec {
        Objects.requireNonNull(config);
    }

    static BalloonSpec parse(String text) {
        OptionText option = new OptionText(KIND, KEYS, text);
        long size = option.size(SIZE, 0, MOST, 0);
        if (size % BalloonDevice.PAGE != 0) {
            throw option.bad("a balloon of " + size + " bytes: give a multiple of " + BalloonDevice.PAGE);
        }
        return new BalloonSpec(new BalloonConfig(size, option.isOn(DEFLATE, true), option.isOn(STATISTICS, false),
                option.isOn(REPORTING, true)));
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public String text() {
        return new OptionWriter()
                .number(SIZE, config.target(), 0)
                .onOff(DEFLATE, config.deflateOnOom(), true)
                .onOff(STATISTICS, config.statistics(), false)
                .onOff(REPORTING, config.reporting(), true)
                .toString();
    }

    @Override
    public VirtioDevice open(GuestMemory memory, String name) {
        if (config.target() >= memory.size()) {
            throw new ConfigException("a balloon of " + MemorySize.format(config.target()) + " in a guest with "
                    + MemorySize.format(memory.size()) + " of memory: give less than all");
        }
        return new BalloonDevice(config, memory, BalloonListener.NONE);
    }
}
