package dev.jvmm.acpi;

import dev.jvmm.memory.AddressMap;
import java.nio.ByteBuffer;

/**
 * The multiple APIC description table: a local APIC per CPU, whose id is the CPU's number, and one I/O APIC. It has no
 * interrupt source overrides: KVM wires ISA interrupt i to pin i, which is what a kernel assumes without one.
 *
 * @see "ACPI 6.5 section 5.2.12"
 */
final class Madt {
    private static final int REVISION = 5;
    private static final int FIXED_SIZE = 8;
    private static final int LOCAL_APIC_SIZE = 8;
    private static final int IO_APIC_SIZE = 12;
    private static final int LOCAL_NMI_SIZE = 6;
    private static final int LOCAL_X2APIC_SIZE = 16;
    private static final int X2APIC_NMI_SIZE = 12;

    private static final byte LOCAL_APIC = 0;
    private static final byte IO_APIC = 1;
    private static final byte LOCAL_NMI = 4;
    private static final byte LOCAL_X2APIC = 9;
    private static final byte X2APIC_NMI = 10;

    /** Ids from here on do not fit into a local APIC entry. */
    private static final int FIRST_X2APIC_ID = 255;

    private static final int ENABLED = 1;
    private static final byte ALL_CPUS = (byte) 0xFF;
    private static final byte LINT1 = 1;

    private Madt() {}

    static byte[] of(int cpus) {
        int narrow = Math.min(cpus, FIRST_X2APIC_ID);
        int wide = cpus - narrow;
        int size = TableBuilder.HEADER_SIZE + FIXED_SIZE + narrow * LOCAL_APIC_SIZE + IO_APIC_SIZE + LOCAL_NMI_SIZE
                + (wide > 0 ? wide * LOCAL_X2APIC_SIZE + X2APIC_NMI_SIZE : 0);
        ByteBuffer table = TableBuilder.begin("APIC", REVISION, size);
        table.putInt((int) AddressMap.LOCAL_APIC).putInt(0);
        for (int id = 0; id < narrow; id++) {
            table.put(LOCAL_APIC).put((byte) LOCAL_APIC_SIZE).put((byte) id).put((byte) id).putInt(ENABLED);
        }
        for (int id = narrow; id < cpus; id++) {
            table.put(LOCAL_X2APIC).put((byte) LOCAL_X2APIC_SIZE).putShort((short) 0);
            table.putInt(id).putInt(ENABLED).putInt(id);
        }
        table.put(IO_APIC).put((byte) IO_APIC_SIZE).put((byte) 0).put((byte) 0).putInt((int) AddressMap.IO_APIC)
                .putInt(0);
        table.put(LOCAL_NMI).put((byte) LOCAL_NMI_SIZE).put(ALL_CPUS).putShort((short) 0).put(LINT1);
        if (wide > 0) {
            table.put(X2APIC_NMI).put((byte) X2APIC_NMI_SIZE).putShort((short) 0).putInt(-1).put(LINT1)
                    .put(new byte[3]);
        }
        return TableBuilder.finish(table);
    }
}
