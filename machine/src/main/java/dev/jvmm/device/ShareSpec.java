package dev.jvmm.device;

import dev.jvmm.memory.GuestMemory;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.ninep.NinepConfig;
import dev.jvmm.virtio.ninep.NinepDevice;
import dev.jvmm.virtio.ninep.server.ClientLimits;
import dev.jvmm.virtio.ninep.server.Ownership;
import dev.jvmm.virtio.ninep.server.ShareConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A directory of the host as a virtio-9p device.
 *
 * @param device what the guest sees
 * @param share what is shared
 * @param mount where jvmm's own guest mounts it before its command begins, an absolute path
 */
public record ShareSpec(NinepConfig device, ShareConfig share, Optional<String> mount) implements DeviceSpec {
    /** Its name among the {@link DeviceSpec#KINDS}. */
    public static final String KIND = "share";

    /** Bytes of the longest message where nothing else is said: what Linux's driver can use, and more. */
    public static final int DEFAULT_MSIZE = 512 << 10;

    private static final int MOST_MSIZE = 1 << 20;

    private static final OptionKey TAG = new OptionKey("tag", "NAME", "",
            "by which the guest mounts it: `mount -t 9p -o trans=virtio,version=9p2000.L NAME /mnt`");
    private static final OptionKey PATH = new OptionKey("path", "DIR", "", "the host's directory");
    private static final OptionKey READ_ONLY = OptionKey.ofSwitch("ro", false, "the guest may only read");
    private static final OptionKey MSIZE = new OptionKey("msize", "SIZE", "512K",
            "the longest message, up to 1M; the guest may ask for less");
    private static final OptionKey IDS = new OptionKey("ids", "passthrough|mapped", "passthrough",
            "owners and modes: the files' own, or kept in their extended attributes, for which nobody need be root");
    private static final OptionKey MOUNT = new OptionKey("mount", "PATH", "not mounted",
            "jvmm's own guest mounts it there before its command begins");

    static final List<OptionKey> KEYS = List.of(TAG, PATH, READ_ONLY, MSIZE, IDS, MOUNT);

    /** The words for {@link Ownership}, in its order. */
    private static final List<String> OWNERSHIPS = List.of("passthrough", "mapped");

    /** Takes what is checked already. */
    public ShareSpec {
        Objects.requireNonNull(device);
        Objects.requireNonNull(share);
        Objects.requireNonNull(mount);
    }

    static ShareSpec parse(String text) {
        OptionText option = new OptionText(KIND, KEYS, text);
        String tag = option.required(TAG);
        String path = option.required(PATH);
        if (path.indexOf('\0') >= 0) {
            throw option.bad("no path has a NUL character");
        }
        Optional<String> mount = option.value(MOUNT);
        if (mount.isPresent() && (!mount.get().startsWith("/") || mount.get().indexOf('\0') >= 0)) {
            throw option.bad(MOUNT.name() + "=" + mount.get(), "give an absolute path of the guest's");
        }
        int msize = (int) option.size(MSIZE, ShareConfig.LEAST_MSIZE, MOST_MSIZE, DEFAULT_MSIZE);
        String ids = option.choice(IDS, OWNERSHIPS, OWNERSHIPS.get(0));
        try {
            return new ShareSpec(new NinepConfig(tag),
                    new ShareConfig(Path.of(path), option.isOn(READ_ONLY, false),
                            Ownership.values()[OWNERSHIPS.indexOf(ids)], msize, ClientLimits.usual()),
                    mount);
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
        OptionWriter writer = new OptionWriter()
                .value(TAG, device.tag())
                .value(PATH, share.path().toString())
                .onOff(READ_ONLY, share.readOnly(), false)
                .number(MSIZE, share.mostMsize(), DEFAULT_MSIZE)
                .value(IDS, OWNERSHIPS.get(share.ids().ordinal()), OWNERSHIPS.get(0));
        if (mount.isPresent()) {
            writer.value(MOUNT, mount.get());
        }
        return writer.toString();
    }

    @Override
    public VirtioDevice open(GuestMemory memory, String name) {
        return NinepDevice.open(name, device, share);
    }
}
