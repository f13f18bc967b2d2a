package dev.jvmm.acpi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A system description table in the making: the common header, a body, the checksum. */
final class TableBuilder {
    static final int HEADER_SIZE = 36;

    private static final int CHECKSUM = 9;
    private static final String OEM_ID = "JVMM  ";
    private static final String OEM_TABLE_ID = "MICROVM ";
    private static final String CREATOR_ID = "JVMM";

    private TableBuilder() {}

    /** A little-endian buffer with the header in place, its position behind it, sized exactly. */
    static ByteBuffer begin(String signature, int revision, int size) {
        ByteBuffer table = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        table.put(ascii(signature)).putInt(size).put((byte) revision).put((byte) 0);
        table.put(ascii(OEM_ID)).put(ascii(OEM_TABLE_ID)).putInt(1);
        return table.put(ascii(CREATOR_ID)).putInt(1);
    }

    /** Sets the checksum and gives up the bytes. */
    static byte[] finish(ByteBuffer table) {
        table.put(CHECKSUM, (byte) 0);
        table.put(CHECKSUM, checksum(table.array(), table.capacity()));
        return table.array();
    }

    /** The byte that makes the first {@code size} bytes sum up to 0. */
    static byte checksum(byte[] bytes, int size) {
        int sum = 0;
        for (int i = 0; i < size; i++) {
            sum += bytes[i];
        }
        return (byte) -sum;
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
