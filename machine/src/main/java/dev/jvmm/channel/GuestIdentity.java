package dev.jvmm.channel;

import dev.jvmm.linux.RandomBytes;

/**
 * What a guest calls itself.
 *
 * @param machineId 32 lower-case hexadecimal digits, as in {@code /etc/machine-id}; not all zero
 * @param hostname at most 64 letters, digits, dots and hyphens; empty for one made of the machine id, {@link #name}
 * @see <a href="https://man7.org/linux/man-pages/man5/machine-id.5.html">machine-id(5)</a>
 */
public record GuestIdentity(String machineId, String hostname) {
    static final int ID_BYTES = 16;

    /** The longest hostname, the kernel's own limit. */
    public static final int HOSTNAME_MAX = 64;

    private static final String DIGITS = "0123456789abcdef";
    private static final String NO_ID = "00000000000000000000000000000000";
    private static final int TOLD_DIGITS = 8;

    /** Checks both. */
    public GuestIdentity {
        if (machineId.length() != 2 * ID_BYTES || !consistsOf(machineId, DIGITS) || machineId.equals(NO_ID)) {
            throw new IllegalArgumentException("a machine id is 32 lower-case hexadecimal digits, not " + machineId);
        }
        if (hostname.length() > HOSTNAME_MAX || !isName(hostname)) {
            throw new IllegalArgumentException("a hostname is at most " + HOSTNAME_MAX
                    + " letters, digits, dots and hyphens, not " + hostname);
        }
    }

    private static boolean consistsOf(String text, String allowed) {
        for (int i = 0; i < text.length(); i++) {
            if (allowed.indexOf(text.charAt(i)) < 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isName(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
            if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '.') {
                return false;
            }
        }
        return true;
    }

    /** One that no other guest has, with a hostname made of it. */
    public static GuestIdentity random() {
        return named("");
    }

    /** A machine id that no other guest has, and this hostname. */
    public static GuestIdentity named(String hostname) {
        byte[] id = RandomBytes.take(ID_BYTES);
        id[0] |= 1;
        StringBuilder digits = new StringBuilder(2 * ID_BYTES);
        for (byte value : id) {
            digits.append(DIGITS.charAt(value >> 4 & 0xF)).append(DIGITS.charAt(value & 0xF));
        }
        return new GuestIdentity(digits.toString(), hostname);
    }

    /** The hostname that the guest gets. */
    public String name() {
        return hostname.isEmpty() ? "jvmm-" + machineId.substring(0, TOLD_DIGITS) : hostname;
    }

    /** The IDENTITY frame's payload. */
    byte[] payload() {
        byte[] bytes = new byte[ID_BYTES + hostname.length()];
        for (int i = 0; i < ID_BYTES; i++) {
            bytes[i] = (byte) (DIGITS.indexOf(machineId.charAt(2 * i)) << 4
                    | DIGITS.indexOf(machineId.charAt(2 * i + 1)));
        }
        for (int i = 0; i < hostname.length(); i++) {
            bytes[ID_BYTES + i] = (byte) hostname.charAt(i);
        }
        return bytes;
    }
}
