package dev.jvmm.cli;

import dev.jvmm.device.ShareSpec;
import java.util.ArrayList;
import java.util.List;

/** Has the guest's shell mount shares before it becomes the guest's command. */
final class ShareMounts {
    /** The longest message of Linux's driver: PAGE_SIZE * (VIRTQUEUE_NUM - 3) of net/9p/trans_virtio.c. More it reports and ignores. */
    private static final int DRIVER_MSIZE = 4096 * 125;

    /** What the shell's last word does; the words behind it are the command. */
    private static final String GO_ON = "exec \"$@\"";

    private ShareMounts() {}

    /** The command, or one that mounts first; if that fails, it ends with the reason and 1. */
    static List<String> command(List<ShareSpec> shares, List<String> command) {
        if (shares.isEmpty()) {
            return command;
        }
        StringBuilder script = new StringBuilder();
        for (int i = 0; i < shares.size(); i++) {
            ShareSpec share = shares.get(i);
            String folder = quoted(share.mount().orElseThrow());
            script.append("mkdir -p ").append(folder).append(" && mount -t 9p -o trans=virtio,version=9p2000.L,msize=")
                    .append(Math.min(DRIVER_MSIZE, share.share().mostMsize()))
                    .append(share.share().readOnly() ? ",ro " : " ")
                    .append(quoted(share.device().tag())).append(' ').append(folder).append(" || exit 1; ");
        }
        List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", script.append(GO_ON).toString(), "jvmm"));
        words.addAll(command);
        return words;
    }

    private static String quoted(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }
}
