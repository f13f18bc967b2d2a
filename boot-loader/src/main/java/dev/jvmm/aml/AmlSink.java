package dev.jvmm.aml;

import java.util.Arrays;

/**
 * Bytes of AML as they grow, little-endian. Not for several threads at once.
 *
 * @see "ACPI 6.5 section 20.2, AML grammar definition"
 */
public final class AmlSink {
    private static final int NAME_SEGMENT = 4;
    private static final int DUAL_NAME_PREFIX = 0x2E;
    private static final int MULTI_NAME_PREFIX = 0x2F;
    private static final int EXTENDED_OPCODE = 0x5B;
    private static final int MAX_PACKAGE = 1 << 28;

    private byte[] bytes = new byte[1024];
    private int size;

    /** An empty sink. */
    public AmlSink() {
        // nothing yet
    }

    /** Everything written so far. */
    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, size);
    }

    private void reserve(int count) {
        if (count > bytes.length - size) {
            bytes = Arrays.copyOf(bytes, Math.max(size + count, 2 * bytes.length));
        }
    }

    /** Appends one byte. */
    public void u8(int value) {
        reserve(1);
        bytes[size++] = (byte) value;
    }

    /** Appends two bytes. */
    public void u16(int value) {
        u8(value);
        u8(value >> 8);
    }

    /** Appends four bytes. */
    public void u32(long value) {
        u16((int) value);
        u16((int) (value >> 16));
    }

    /** Appends eight bytes. */
    public void u64(long value) {
        u32(value);
        u32(value >> 32);
    }

    /** Appends bytes as they are. */
    public void raw(byte[] source) {
        reserve(source.length);
        System.arraycopy(source, 0, bytes, size, source.length);
        size += source.length;
    }

    /** Appends an opcode of one byte, or of two when it is above 0xFF (0x5Bxx). */
    void opcode(int opcode) {
        if (opcode > 0xFF) {
            u8(EXTENDED_OPCODE);
        }
        u8(opcode);
    }

    /** Appends ASCII characters. */
    void ascii(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0 || c > 0x7F) {
                throw new IllegalArgumentException("AML string with a character that is not ASCII: " + text);
            }
            u8(c);
        }
    }

    /** Appends a path as ASL writes it: {@code \_SB.PCI0}, {@code ^FOO}, {@code COM1}; segments are filled up to four characters. */
    void path(String path) {
        int at = 0;
        while (at < path.length() && (path.charAt(at) == '\\' || path.charAt(at) == '^')) {
            u8(path.charAt(at));
            at++;
        }
        if (at == path.length()) {
            u8(0);
            return;
        }
        int count = 1;
        for (int i = at; i < path.length(); i++) {
            count += path.charAt(i) == '.' ? 1 : 0;
        }
        if (count == 2) {
            u8(DUAL_NAME_PREFIX);
        } else if (count > 2) {
            u8(MULTI_NAME_PREFIX);
            u8(count);
        }
        while (at <= path.length()) {
            int end = path.indexOf('.', at);
            end = end < 0 ? path.length() : end;
            segment(path.substring(at, end));
            at = end + 1;
        }
    }

    /** Appends one name of at most four characters, filled up with underscores. */
    void segment(String name) {
        if (name.isEmpty() || name.length() > NAME_SEGMENT) {
            throw new IllegalArgumentException("AML name of other than 1 to 4 characters: " + name);
        }
        for (int i = 0; i < NAME_SEGMENT; i++) {
            char c = i < name.length() ? name.charAt(i) : '_';
            boolean letter = c >= 'A' && c <= 'Z' || c == '_';
            boolean digit = c >= '0' && c <= '9';
            if (!letter && (!digit || i == 0)) {
                throw new IllegalArgumentException("AML name with a character other than A-Z, 0-9, _: " + name);
            }
            u8(c);
        }
    }

    /** Where a package's contents begin; give it to {@link #endPackage}. */
    int beginPackage() {
        return size;
    }

    /** Inserts the length of what was written since, itself included, in front of it. */
    void endPackage(int start) {
        int content = size - start;
        int width = packageLengthWidth(content);
        reserve(width);
        System.arraycopy(bytes, start, bytes, start + width, content);
        size = start;
        packageLength(content + width, width);
        size += content;
    }

    private static int packageLengthWidth(int content) {
        if (content + 1 < 1 << 6) {
            return 1;
        }
        if (content + 2 < 1 << 12) {
            return 2;
        }
        return content + 3 < 1 << 20 ? 3 : 4;
    }

    /**
     * Appends a width in bits. A field list encodes it as it does package lengths, but does not count the encoding itself; that
     * as many bytes are taken as if it did is what iasl does.
     */
    void fieldWidth(int bits) {
        packageLength(bits, packageLengthWidth(bits));
    }

    private void packageLength(int value, int width) {
        if (value < 0 || value >= MAX_PACKAGE) {
            throw new IllegalArgumentException("AML package of " + value + " bytes");
        }
        if (width == 1) {
            u8(value);
            return;
        }
        u8((width - 1) << 6 | value & 0xF);
        for (int i = 1; i < width; i++) {
            u8(value >> (8 * i - 4));
        }
    }
}
