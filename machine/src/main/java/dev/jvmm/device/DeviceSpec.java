package dev.jvmm.device;

import dev.jvmm.config.ConfigException;
import dev.jvmm.config.Nearest;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.virtio.VirtioDevice;
import java.util.List;

/**
 * A device that a machine shall have, as somebody wrote it: checked, but with nothing of the host's open yet. {@link OptionText} tells
 * of the grammar, {@link OptionGrammar} of each kind's keys.
 */
public sealed interface DeviceSpec
        permits DiskSpec, ShareSpec, EntropySpec, BalloonSpec, ConsoleSpec, NetSpec, VsockSpec, PmemSpec {
    /** Every kind; each is the name of an option of {@code jvmm boot}, too. */
    List<String> KINDS = List.of(DiskSpec.KIND, ShareSpec.KIND, NetSpec.KIND, EntropySpec.KIND, BalloonSpec.KIND,
            ConsoleSpec.KIND, VsockSpec.KIND, PmemSpec.KIND);

    /** Which of the {@link #KINDS} it is. */
    String kind();

    /**
     * What {@link #parse} makes an equal spec from, as short as can be; a snapshot remembers the device by it. Paths stay as they were
     * given.
     */
    String text();

    /**
     * Opens the host's side: files, threads, rings.
     *
     * @param memory the machine's RAM
     * @param name for the log and for threads: {@code vda}
     * @throws ConfigException when this machine can not have such a device
     * @throws dev.jvmm.virtio.block.DiskException when the host's file can not be used as asked
     * @throws dev.jvmm.virtio.pmem.PmemException likewise
     * @throws dev.jvmm.virtio.ninep.server.ShareException when the host's directory can not
     */
    VirtioDevice open(GuestMemory memory, String name);

    /**
     * Reads what follows an option such as {@code --disk}.
     *
     * @param text empty where nothing follows
     * @throws ConfigException that says what is wrong, and what would be right
     */
    static DeviceSpec parse(String kind, String text) {
        return switch (kind) {
            case DiskSpec.KIND -> DiskSpec.parse(text);
            case ShareSpec.KIND -> ShareSpec.parse(text);
            case NetSpec.KIND -> NetOption.parse(text);
            case EntropySpec.KIND -> EntropySpec.parse(text);
            case BalloonSpec.KIND -> BalloonSpec.parse(text);
            case ConsoleSpec.KIND -> ConsoleSpec.parse(text);
            case VsockSpec.KIND -> VsockSpec.parse(text);
            case PmemSpec.KIND -> PmemSpec.parse(text);
            default -> throw unknown(kind);
        };
    }

    /**
     * The keys of a kind of device, in the order in which {@link #text} has them.
     *
     * @throws ConfigException when there is no such kind
     */
    static List<OptionKey> keys(String kind) {
        return switch (kind) {
            case DiskSpec.KIND -> DiskSpec.KEYS;
            case ShareSpec.KIND -> ShareSpec.KEYS;
            case NetSpec.KIND -> NetOption.KEYS;
            case EntropySpec.KIND -> EntropySpec.KEYS;
            case BalloonSpec.KIND -> BalloonSpec.KEYS;
            case ConsoleSpec.KIND -> ConsoleSpec.KEYS;
            case VsockSpec.KIND -> VsockSpec.KEYS;
            case PmemSpec.KIND -> PmemSpec.KEYS;
            default -> throw unknown(kind);
        };
    }

    private static ConfigException unknown(String kind) {
        return new ConfigException("there is no kind of device '" + kind + "'" + Nearest.hint(kind, KINDS));
    }
}
