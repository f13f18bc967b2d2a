package dev.jvmm.aml;

/** Plug and play ids of three letters and four hexadecimal digits. */
final class EisaId {
    private EisaId() {}

    /** Packs one as ACPI 6.5 section 19.6.37 has it: big-endian, five bits a letter. */
    static long encode(String id) {
        if (id.length() != 7) {
            throw new IllegalArgumentException("not an EISA id: " + id);
        }
        int letters = 0;
        for (int i = 0; i < 3; i++) {
            char c = id.charAt(i);
            if (c < 'A' || c > 'Z') {
                throw new IllegalArgumentException("not an EISA id: " + id);
            }
            letters = letters << 5 | c - 0x40;
        }
        int number = Integer.parseInt(id.substring(3), 16);
        return Integer.toUnsignedLong(Integer.reverseBytes(letters << 16 | number));
    }
}
