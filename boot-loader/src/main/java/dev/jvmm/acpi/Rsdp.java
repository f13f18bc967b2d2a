package dev.jvmm.acpi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The root system description pointer, revision 2.
 *
 * @see "ACPI 6.5 section 5.2.5.3"
 */
final class Rsdp {
    static final int SIZE = 36;

    private static final int VERSION_1_SIZE = 20;
    private static final int CHECKSUM = 8;
    private static final int EXTENDED_CHECKSUM = 32;

    private Rsdp() {}

    static byte[] of(long xsdt) {
        ByteBuffer rsdp = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
        rsdp.put(TableBuilder.ascii("RSD PTR ")).put((byte) 0).put(TableBuilder.ascii("JVMM  ")).put((byte) 2);
        rsdp.putInt(0).putInt(SIZE).putLong(xsdt);
        rsdp.put(CHECKSUM, TableBuilder.checksum(rsdp.array(), VERSION_1_SIZE));
        rsdp.put(EXTENDED_CHECKSUM, TableBuilder.checksum(rsdp.array(), SIZE));
        return rsdp.array();
    }
}
