package dev.jvmm.device;

import dev.jvmm.virtio.pmem.PmemConfig;
import dev.jvmm.virtio.pmem.PmemConfig.Sharing;
import java.util.List;

/** What the options of persistent memory have in common. */
final class PmemOption {
    private static final OptionKey PATH = new OptionKey("path", "FILE", "", "a file, or a block device of the host");
    private static final OptionKey READ_ONLY = OptionKey.ofSwitch("ro", false,
            "what the guest writes is ignored; several guests may then share the file");
    private static final OptionKey PRIVATE = OptionKey.ofSwitch("private", false,
            "what the guest writes goes to a copy that ends with it; several guests may then share the file");

    static final List<OptionKey> KEYS = List.of(PATH, READ_ONLY, PRIVATE);

    private PmemOption() {}

    static PmemConfig config(OptionText option) {
        String path = option.required(PATH);
        if (path.indexOf('\0') >= 0) {
            throw option.bad("no path has a NUL character");
        }
        boolean readOnly = option.isOn(READ_ONLY, false);
        boolean own = option.isOn(PRIVATE, false);
        if (readOnly && own) {
            throw option.bad("what is ignored (ro) needs no copy (private): give one of the two");
        }
        return new PmemConfig(path, readOnly ? Sharing.READ_ONLY : own ? Sharing.PRIVATE : Sharing.SHARED);
    }

    static OptionWriter text(PmemConfig config) {
        return new OptionWriter()
                .value(PATH, config.path())
                .onOff(READ_ONLY, config.sharing() == Sharing.READ_ONLY, false)
                .onOff(PRIVATE, config.sharing() == Sharing.PRIVATE, false);
    }
}
