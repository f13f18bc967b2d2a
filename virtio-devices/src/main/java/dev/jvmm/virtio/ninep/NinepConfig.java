package dev.jvmm.virtio.ninep;

import java.nio.charset.StandardCharsets;

/**
 * What the driver sees of a share.
 *
 * @param tag by which the guest mounts it: 1 to {@value #TAG_BYTES} bytes in UTF-8, without control characters, blanks and commas, which
 *        can not stand in a mount's arguments
 */
public record NinepConfig(String tag) {
    /** The longest tag. */
    public static final int TAG_BYTES = 255;

    /** Checks the tag. */
    public NinepConfig {
        int bytes = tag.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > TAG_BYTES) {
            throw new IllegalArgumentException("a tag of " + bytes + " bytes: give 1 to " + TAG_BYTES);
        }
        for (int i = 0; i < tag.length(); i++) {
            char c = tag.charAt(i);
            if (c <= ' ' || c == 0x7F || c == ',') {
                throw new IllegalArgumentException("the tag \"" + tag + "\": give one without blanks and commas");
            }
        }
    }
}
