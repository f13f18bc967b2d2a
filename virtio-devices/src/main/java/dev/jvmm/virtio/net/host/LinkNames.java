package dev.jvmm.virtio.net.host;

import dev.jvmm.virtio.net.NetException;
import java.nio.charset.StandardCharsets;

/** What a person may ask for. */
final class LinkNames {
    /** Bytes of an interface's name, at the most. */
    private static final int LONGEST = 15;

    /** Queues of a TAP, at the most ({@code MAX_TAP_QUEUES}). */
    private static final int MOST_PAIRS = 256;

    private LinkNames() {}

    /** Refuses what can not be the name of an interface ({@code dev_valid_name}), and what the kernel would fill in. */
    static void check(String name) {
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        boolean good = length > 0 && length <= LONGEST && !name.equals(".") && !name.equals("..");
        for (int i = 0; good && i < name.length(); i++) {
            char c = name.charAt(i);
            good = c != '/' && c != ':' && c != '%' && c > ' ' && c != 0x7F && !Character.isWhitespace(c);
        }
        if (!good) {
            throw new NetException(
                    "the interface name \"" + name + "\": give 1 to 15 bytes without /, :, % and blanks");
        }
    }

    /** Refuses numbers of queue pairs that no TAP can have. */
    static int pairs(int pairs) {
        if (pairs < 1 || pairs > MOST_PAIRS) {
            throw new NetException(pairs + " queue pairs: give 1 to " + MOST_PAIRS);
        }
        return pairs;
    }
}
