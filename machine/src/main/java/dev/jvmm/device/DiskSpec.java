package dev.jvmm.device;

import dev.jvmm.memory.GuestMemory;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.block.BlockDevice;
import dev.jvmm.virtio.block.DiskConfig;
import dev.jvmm.virtio.rate.RateLimit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A virtio-blk disk.
 *
 * @param config everything about it
 */
public record DiskSpec(DiskConfig config) implements DeviceSpec {
    /** Its name among the {@link DeviceSpec#KINDS}. */
    public static final String KIND = "disk";

    private static final OptionKey PATH = new OptionKey("path", "FILE", "",
            "a raw image, or a block device of the host");
    private static final OptionKey READ_ONLY = OptionKey.ofSwitch("ro", false,
            "the guest may only read; several guests may then share the disk");
    private static final OptionKey DIRECT = OptionKey.ofSwitch("direct", false, "go past the host's page cache");
    private static final OptionKey QUEUES = new OptionKey("queues", "N", "1",
            "request queues, 1 to " + DiskConfig.MOST_QUEUES + "; more than the guest has CPUs are of no use");
    private static final OptionKey BANDWIDTH = new OptionKey("bw", "SIZE[/SIZE]", "no limit",
            "bytes per second; behind the slash, what may be used at once after a rest, else one second's worth");
    private static final OptionKey OPERATIONS = new OptionKey("ops", "N[/N]", "no limit",
            "requests per second, likewise");
    private static final OptionKey SERIAL = new OptionKey("serial", "TEXT", "made from the path",
            "what the guest sees as serial number: up to " + DiskConfig.SERIAL_LENGTH + " characters without spaces");
    private static final OptionKey ENGINE = new OptionKey("engine", "auto|io_uring|threads", "auto",
            "how the host's file is worked on; `auto` is io_uring where the host has it");

    static final List<OptionKey> KEYS = List.of(PATH, READ_ONLY, DIRECT, QUEUES, BANDWIDTH, OPERATIONS, SERIAL, ENGINE);

    /** The words for {@link DiskConfig.Engine}, in its order. */
    private static final List<String> ENGINES = List.of("auto", "io_uring", "threads");

    /** Takes what is checked already. */
    public DiskSpec {
        Objects.requireNonNull(config);
    }

    static DiskSpec parse(String text) {
        OptionText option = new OptionText(KIND, KEYS, text);
        String path = option.required(PATH);
        if (path.indexOf('\0') >= 0) {
            throw option.bad("no path has a NUL character");
        }
        String engine = option.choice(ENGINE, ENGINES, ENGINES.get(0));
        Optional<RateLimit> bandwidth = option.rate(BANDWIDTH, true);
        Optional<RateLimit> operations = option.rate(OPERATIONS, false);
        try {
            return new DiskSpec(new DiskConfig(path, option.isOn(READ_ONLY, false), option.isOn(DIRECT, false),
                    (int) option.number(QUEUES, 1, DiskConfig.MOST_QUEUES, 1), bandwidth, operations,
                    option.value(SERIAL).orElse(DiskConfig.of(path).serial()),
                    DiskConfig.Engine.values()[ENGINES.indexOf(engine)]));
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
        return new OptionWriter()
                .value(PATH, config.path())
                .onOff(READ_ONLY, config.readOnly(), false)
                .onOff(DIRECT, config.direct(), false)
                .number(QUEUES, config.queues(), 1)
                .rate(BANDWIDTH, config.bandwidth())
                .rate(OPERATIONS, config.operations())
                .value(SERIAL, config.serial(), DiskConfig.of(config.path()).serial())
                .value(ENGINE, ENGINES.get(config.engine().ordinal()), ENGINES.get(0))
                .toString();
    }

    @Override
    public VirtioDevice open(GuestMemory memory, String name) {
        return BlockDevice.open(name, config);
    }
}
