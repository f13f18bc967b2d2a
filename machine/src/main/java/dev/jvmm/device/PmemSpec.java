package dev.jvmm.device;

import dev.jvmm.memory.GuestMemory;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.pmem.PmemConfig;
import dev.jvmm.virtio.pmem.PmemDevice;
import java.util.List;
import java.util.Objects;

/**
 * A virtio-pmem device: a file in the guest's physical space.
 *
 * @param config everything about it
 */
public record PmemSpec(PmemConfig config) implements DeviceSpec {
    /** Its name among the {@link DeviceSpec#KINDS}. */
    public static final String KIND = "pmem";

    static final List<OptionKey> KEYS = PmemOption.KEYS;

    /** Takes what is checked already. */
    public PmemSpec {
        Objects.requireNonNull(config);
    }

    static PmemSpec parse(String text) {
        return new PmemSpec(PmemOption.config(new OptionText(KIND, KEYS, text)));
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public String text() {
        return PmemOption.text(config).toString();
    }

    @Override
    public VirtioDevice open(GuestMemory memory, String name) {
        return PmemDevice.open(name, config);
    }
}
