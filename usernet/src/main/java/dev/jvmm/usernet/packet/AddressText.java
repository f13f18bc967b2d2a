package dev.jvmm.usernet.packet;

/** Addresses as people write them. */
final class AddressText {
    private static final int GROUPS = 8;
    private static final int DOTTED_GROUPS = 2;

    private AddressText() {}

    static IpAddress parse(String text) {
        return text.indexOf(':') < 0 ? IpAddress.ofV4(dotted(text, text)) : colons(text);
    }

    private static IllegalArgumentException wrong(String text) {
        return new IllegalArgumentException("'" + text + "' is no address such as 10.0.2.15 or fec0::15");
    }

    private static int dotted(String part, String whole) {
        int value = 0;
        int at = 0;
        for (int i = 0; i < Integer.BYTES; i++) {
            int end = i == Integer.BYTES - 1 ? part.length() : part.indexOf('.', at);
            if (end < 0) {
                throw wrong(whole);
            }
            value = value << Byte.SIZE | number(part, at, end, 10, 3, 255, whole);
            at = end + 1;
        }
        return value;
    }

    private static int number(String text, int from, int to, int radix, int digits, int most, String whole) {
        if (from >= to || to - from > digits || radix == 10 && to - from > 1 && text.charAt(from) == '0') {
            throw wrong(whole);
        }
        int value = 0;
        for (int i = from; i < to; i++) {
            int digit = text.charAt(i) < 128 ? Character.digit(text.charAt(i), radix) : -1;
            if (digit < 0) {
                throw wrong(whole);
            }
            value = value * radix + digit;
        }
        if (value > most) {
            throw wrong(whole);
        }
        return value;
    }

    private static IpAddress colons(String text) {
        int gap = text.indexOf("::");
        int[] groups = new int[GROUPS];
        int before = groups(gap < 0 ? text : text.substring(0, gap), groups, text);
        if (gap < 0) {
            if (before != GROUPS) {
                throw wrong(text);
            }
        } else {
            int[] tail = new int[GROUPS];
            int after = groups(text.substring(gap + 2), tail, text);
            if (before + after >= GROUPS) {
                throw wrong(text);
            }
            System.arraycopy(tail, 0, groups, GROUPS - after, after);
        }
        return new IpAddress(four(groups, 0), four(groups, GROUPS / 2));
    }

    private static long four(int[] groups, int first) {
        long value = 0;
        for (int i = 0; i < GROUPS / 2; i++) {
            value = value << Short.SIZE | groups[first + i];
        }
        return value;
    }

    /** Reads groups with a colon between; the last may be an IPv4 address. */
    private static int groups(String part, int[] into, String whole) {
        int count = 0;
        int at = 0;
        while (at < part.length() || count > 0 && at == part.length()) {
            int colon = part.indexOf(':', at);
            int end = colon < 0 ? part.length() : colon;
            if (colon < 0 && part.indexOf('.', at) >= 0) {
                if (count > GROUPS - DOTTED_GROUPS) {
                    throw wrong(whole);
                }
                int low = dotted(part.substring(at), whole);
                into[count++] = low >>> Short.SIZE;
                into[count++] = low & 0xFFFF;
                return count;
            }
            if (count == GROUPS) {
                throw wrong(whole);
            }
            into[count++] = number(part, at, end, 16, 4, 0xFFFF, whole);
            at = end + 1;
        }
        return count;
    }

    static String format(IpAddress address) {
        if (address.isV4()) {
            int v4 = address.v4();
            return (v4 >>> 24) + "." + (v4 >>> 16 & 0xFF) + "." + (v4 >>> 8 & 0xFF) + "." + (v4 & 0xFF);
        }
        int[] groups = new int[GROUPS];
        for (int i = 0; i < GROUPS; i++) {
            long half = i < GROUPS / 2 ? address.high() : address.low();
            groups[i] = (int) (half >>> 48 - i % (GROUPS / 2) * Short.SIZE) & 0xFFFF;
        }
        return format(groups);
    }

    /** The longest run of at least two zeros becomes "::", the first one of equals (RFC 5952, 4.2). */
    private static String format(int[] groups) {
        int start = -1;
        int length = 1;
        for (int i = 0; i < GROUPS; i++) {
            int end = i;
            while (end < GROUPS && groups[end] == 0) {
                end++;
            }
            if (end - i > length) {
                start = i;
                length = end - i;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < GROUPS; i++) {
            if (i == start) {
                text.append("::");
                i += length - 1;
            } else {
                if (i > 0 && text.charAt(text.length() - 1) != ':') {
                    text.append(':');
                }
                text.append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }
}
