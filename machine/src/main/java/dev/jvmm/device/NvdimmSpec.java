package dev.jvmm.device;

import dev.jvmm.config.ConfigException;
import dev.jvmm.virtio.pmem.PmemConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * An NVDIMM: a file in the guest's physical space that ACPI tells of. No virtio device, so it takes no slot.
 *
 * @param config the file
 * @param labels bytes at the file's end that are the label area, whole pages; 0 for none
 */
public record NvdimmSpec(PmemConfig config, int labels) {
    /** The option's name. */
    public static final String KIND = "nvdimm";

    private static final int LEAST_LABELS = 4096;
    private static final int MOST_LABELS = 16 << 20;

    private static final OptionKey LABELS = new OptionKey("labels", "SIZE", "0",
            "the last bytes of the file are a label area, by which the guest divides the rest: 4 KiB to 16 MiB");

    private static final List<OptionKey> KEYS = keys();

    /** Checks the label area. */
    public NvdimmSpec {
        Objects.requireNonNull(config);
        if (labels != 0 && (labels < LEAST_LABELS || labels > MOST_LABELS || labels % LEAST_LABELS != 0)) {
            throw new ConfigException(
                    "NVDIMM \"" + config.path() + "\" with labels of " + labels + " bytes: give a multiple of "
                            + LEAST_LABELS + " up to " + MOST_LABELS);
        }
    }

    /** Without labels: the guest takes all of it for one piece. */
    public NvdimmSpec(PmemConfig config) {
        this(config, 0);
    }

    private static List<OptionKey> keys() {
        List<OptionKey> keys = new ArrayList<>(PmemOption.KEYS);
        keys.add(LABELS);
        return List.copyOf(keys);
    }

    /**
     * Reads what follows {@code --nvdimm}.
     *
     * @throws ConfigException that says what is wrong, and what would be right
     */
    public static NvdimmSpec parse(String text) {
        OptionText option = new OptionText(KIND, KEYS, text);
        return new NvdimmSpec(PmemOption.config(option), (int) option.size(LABELS, 0, MOST_LABELS, 0));
    }

    /** What {@link #parse} makes an equal spec from. */
    public String text() {
        return PmemOption.text(config).number(LABELS, labels, 0).toString();
    }
}
