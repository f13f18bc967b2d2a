package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.RandomBytes;

/** Names that nobody else has. */
final class Ids {
    private static final int HEX = 16;

    private Ids() {}

    /** 32 hexadecimal digits: a record's name, and a {@link TcMirror}'s cookie. */
    static String random() {
        byte[] bytes = RandomBytes.take(TcMirror.COOKIE);
        StringBuilder text = new StringBuilder(2 * bytes.length);
        for (byte b : bytes) {
            text.append(Character.forDigit(b >> 4 & 0xF, HEX)).append(Character.forDigit(b & 0xF, HEX));
        }
        return text.toString();
    }

    /** The bytes of hexadecimal digits; what is no digit counts as 0. */
    static byte[] bytes(String digits) {
        byte[] bytes = new byte[Math.min(TcMirror.COOKIE, digits.length() / 2)];
        for (int i = 0; i < bytes.length; i++) {
            int high = Math.max(0, Character.digit(digits.charAt(2 * i), HEX));
            int low = Math.max(0, Character.digit(digits.charAt(2 * i + 1), HEX));
            bytes[i] = (byte) (high << 4 | low);
        }
        return bytes;
    }
}
