package dev.jvmm.device;

import dev.jvmm.config.ConfigException;
import dev.jvmm.config.Nearest;
import java.util.ArrayList;
import java.util.List;

/**
 * A guest's root file system as somebody wrote it: {@code PATH[,rw][,via=WAY][,...]}. What else stands there is for the device that it
 * comes by.
 *
 * @param path a folder, an image, a block device or a tarball
 * @param writable whether what the guest writes stays
 * @param via the device that it comes by
 * @param rest items for that device's own option, as they were written; may be empty
 */
public record RootSpec(String path, boolean writable, Via via, String rest) {
    /** Ways for a root to come to a guest. */
    public enum Via {
        AUTO("auto", ""),
        NVDIMM("nvdimm", "nvdimm"),
        PMEM("pmem", "pmem"),
        BLK("blk", DiskSpec.KIND),
        NINEP("9p", "share");

        private final String word;
        private final String kind;

        Via(String word, String kind) {
            this.word = word;
            this.kind = kind;
        }

        /** As people write it. */
        public String word() {
            return word;
        }

        /** Which of the {@link DeviceSpec#KINDS} it is; nothing for {@link #AUTO}. */
        public String kind() {
            return kind;
        }

        private static Via of(String word) {
            List<String> words = new ArrayList<>();
            for (Via via : values()) {
                if (via.word.equals(word)) {
                    return via;
                }
                words.add(via.word);
            }
            throw new ConfigException("root option 'via=" + word + "': 'via' is one of " + String.join(", ", words)
                    + Nearest.hint(word, words));
        }
    }

    private static final String PATH = "path=";
    private static final String VIA = "via=";

    /**
     * Reads what follows {@code --root}. The path may stand alone, as the first item.
     *
     * @throws ConfigException that says what is wrong, and what would be right
     */
    public static RootSpec parse(String text) {
        String path = "";
        boolean writable = false;
        boolean readOnly = false;
        Via via = Via.AUTO;
        StringBuilder rest = new StringBuilder();
        List<String> items = OptionText.items(text);
        for (int i = 0; i < items.size(); i++) {
            String item = items.get(i);
            if (item.startsWith(PATH)) {
                path = item.substring(PATH.length());
            } else if (item.startsWith(VIA) && i > 0) {
                via = Via.of(item.substring(VIA.length()));
            } else if (item.equals("rw") && i > 0) {
                writable = true;
            } else if (item.equals("ro") && i > 0) {
                readOnly = true;
            } else if (i == 0) {
                path = item;
            } else {
                rest.append(',').append(OptionText.escaped(item));
            }
        }
        if (path.isEmpty() || path.indexOf('\0') >= 0) {
            throw new ConfigException("root option '" + text + "': there is no root: give a folder, an image or a"
                    + " tarball, as in --root rootfs.img");
        }
        if (writable && readOnly) {
            throw new ConfigException("root option '" + text + "': 'rw' and 'ro' are both there");
        }
        return new RootSpec(path, writable, via, rest.isEmpty() ? "" : rest.substring(1));
    }
}
