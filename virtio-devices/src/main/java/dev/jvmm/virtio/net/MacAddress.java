package dev.jvmm.virtio.net;

/**
 * An Ethernet address.
 *
 * @param value 48 bits, of which the highest 8 are the first octet
 */
public record MacAddress(long value) {
    /** Octets. */
    public static final int SIZE = 6;

    private static final long ALL = 0xFFFF_FFFF_FFFFL;
    private static final long MULTICAST = 0x0100_0000_0000L;
    private static final long LOCAL = 0x0200_0000_0000L;
    private static final int TEXT = 17;
    private static final int HEX = 16;

    /** Everybody. */
    public static final MacAddress BROADCAST = new MacAddress(ALL);

    /** Checks that it has 48 bits. */
    public MacAddress {
        if ((value & ~ALL) != 0) {
            throw new IllegalArgumentException("a MAC address has 48 bits: 0x" + Long.toHexString(value));
        }
    }

    /** The address in six octets of an array. */
    public static MacAddress of(byte[] octets, int offset) {
        long value = 0;
        for (int i = 0; i < SIZE; i++) {
            value = value << Byte.SIZE | octets[offset + i] & 0xFF;
        }
        return new MacAddress(value);
    }

    /** An address that is nobody's by right (IEEE 802, locally administered, unicast), made of random bits; 46 are used. */
    public static MacAddress local(long random) {
        return new MacAddress(random & ALL & ~MULTICAST | LOCAL);
    }

    /**
     * Reads "52:54:00:12:34:56".
     *
     * @throws IllegalArgumentException when it is not one, saying what is
     */
    public static MacAddress parse(String text) {
        long value = 0;
        boolean good = text.length() == TEXT;
        for (int i = 0; good && i < TEXT; i++) {
            char c = text.charAt(i);
            if (i % 3 == 2) {
                good = c == ':';
            } else {
                int digit = c < 0x80 ? Character.digit(c, HEX) : -1;
                good = digit >= 0;
                value = value << 4 | digit & 0xF;
            }
        }
        if (!good) {
            throw new IllegalArgumentException(
                    "the MAC address \"" + text + "\": give six pairs of hexadecimal digits, as in 52:54:00:12:34:56");
        }
        return new MacAddress(value);
    }

    /** Whether it is that of a group, or of everybody. */
    public boolean isMulticast() {
        return (value & MULTICAST) != 0;
    }

    /** Whether a network card may have it: it is neither a group's nor zero. */
    public boolean isCard() {
        return !isMulticast() && value != 0;
    }

    /** The six octets. */
    public byte[] octets() {
        byte[] octets = new byte[SIZE];
        for (int i = 0; i < SIZE; i++) {
            octets[i] = (byte) octet(i);
        }
        return octets;
    }

    private int octet(int index) {
        return (int) (value >>> Byte.SIZE * (SIZE - 1 - index)) & 0xFF;
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(TEXT);
        for (int i = 0; i < SIZE; i++) {
            if (i > 0) {
                text.append(':');
            }
            text.append(Character.forDigit(octet(i) >> 4, HEX)).append(Character.forDigit(octet(i) & 0xF, HEX));
        }
        return text.toString();
    }
}
