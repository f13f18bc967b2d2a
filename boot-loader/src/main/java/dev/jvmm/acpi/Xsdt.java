package dev.jvmm.acpi;

import java.nio.ByteBuffer;

/**
 * The extended system description table: the addresses of the others.
 *
 * @see "ACPI 6.5 section 5.2.8"
 */
final class Xsdt {
    private Xsdt() {}

    static byte[] of(long... tables) {
        ByteBuffer table = TableBuilder.begin("XSDT", 1, TableBuilder.HEADER_SIZE + Long.BYTES * tables.length);
        for (long address : tables) {
            table.putLong(address);
        }
        return TableBuilder.finish(table);
    }
}
