package dev.jvmm.config;

/**
 * Amounts of memory as people write them: a whole number and a unit ({@code K}, {@code M}, {@code G} or {@code T}, also as
 * {@code MB} or {@code MiB}, in any case, always powers of 1024), or bytes where no unit follows.
 */
public final class MemorySize {
    private static final String UNITS = "KMGT";

    private MemorySize() {}

    /**
     * Reads an amount.
     *
     * @return bytes, 0 or more
     * @throws ConfigException when the text is not an amount or is beyond 2^63 bytes
     */
    public static long parse(String text) {
        int digits = 0;
        long value = 0;
        boolean tooLarge = false;
        while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
            int digit = text.charAt(digits) - '0';
            tooLarge |= value > (Long.MAX_VALUE - digit) / 10;
            value = value * 10 + digit;
            digits++;
        }
        int shift = digits == 0 ? -1 : shift(text.substring(digits));
        if (shift < 0) {
            throw new ConfigException("'" + text + "' is not an amount of memory: write it like 512M, 2G or 1048576");
        }
        if (tooLarge || value > Long.MAX_VALUE >> shift) {
            throw new ConfigException("'" + text + "' is more memory than can be counted");
        }
        return value << shift;
    }

    private static int shift(String suffix) {
        if (suffix.isEmpty()) {
            return 0;
        }
        int unit = UNITS.indexOf(Character.toUpperCase(suffix.charAt(0)));
        if (unit < 0) {
            return suffix.equalsIgnoreCase("B") ? 0 : -1;
        }
        String rest = suffix.substring(1);
        boolean known = rest.isEmpty() || rest.equalsIgnoreCase("B") || rest.equalsIgnoreCase("iB");
        return known ? 10 * (unit + 1) : -1;
    }

    /** The amount with the largest unit that leaves a whole number, such as {@code 96 MiB}. */
    public static String format(long bytes) {
        int unit = 0;
        long value = bytes;
        while (unit < UNITS.length() && value != 0 && (value & 1023) == 0) {
            value >>= 10;
            unit++;
        }
        return unit == 0 ? value + " bytes" : value + " " + UNITS.charAt(unit - 1) + "iB";
    }
}
