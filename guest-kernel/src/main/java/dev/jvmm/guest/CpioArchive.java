package dev.jvmm.guest;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** An archive in cpio's "new ASCII" form, in which the kernel takes its initramfs (Documentation/driver-api/early-userspace). */
final class CpioArchive {
    private static final String MAGIC = "070701";
    private static final int HEADER = 110;
    private static final int SIZE_AT = 54;
    private static final int NAME_SIZE_AT = 94;
    private static final int DIGITS = 8;
    private static final int HEXADECIMAL = 16;
    private static final String END = "TRAILER!!!";

    private final ByteBuffer bytes;

    CpioArchive(byte[] bytes) {
        this.bytes = ByteBuffer.wrap(bytes);
    }

    /** The content of a file, by its name without a leading slash. @throws IllegalStateException if this is no such archive */
    Optional<byte[]> file(String wanted) {
        for (int at = 0;;) {
            if (bytes.capacity() - at < HEADER || !text(at, MAGIC.length()).equals(MAGIC)) {
                throw new IllegalStateException("no cpio archive at byte " + at);
            }
            int nameSize = number(at + NAME_SIZE_AT);
            int size = number(at + SIZE_AT);
            int data = aligned(at + HEADER + nameSize);
            if (nameSize < 1 || size < 0 || data < 0 || data > bytes.capacity() || size > bytes.capacity() - data) {
                throw new IllegalStateException("the cpio archive's entry at byte " + at + " leads out of it");
            }
            String name = text(at + HEADER, nameSize - 1);
            if (name.equals(wanted)) {
                byte[] content = new byte[size];
                bytes.get(data, content);
                return Optional.of(content);
            }
            if (name.equals(END)) {
                return Optional.empty();
            }
            at = aligned(data + size);
        }
    }

    private static int aligned(int at) {
        return at + 3 & ~3;
    }

    private int number(int at) {
        return Integer.parseUnsignedInt(text(at, DIGITS), HEXADECIMAL);
    }

    private String text(int at, int length) {
        byte[] word = new byte[length];
        bytes.get(at, word);
        return new String(word, StandardCharsets.US_ASCII);
    }
}
