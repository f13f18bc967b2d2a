package dev.jvmm.boot;

import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Intel's MultiProcessor table, for kernels without ACPI: processors with local APIC ids 0 to n - 1, one I/O APIC, an ISA
 * bus whose interrupt i is the I/O APIC's pin i (the order in which KVM's interrupt chips are wired, timer included).
 * The floating pointer lies in the last KiB of base memory, where all kernels look; the table itself at
 * {@link AddressMap#MP_CONFIG_TABLE}, since that KiB would not hold many processors.
 *
 * @param cpus 1 to {@link #MAX_CPUS}
 * @see "MultiProcessor Specification 1.4, chapter 4; arch/x86/kernel/mpparse.c of Linux"
 */
public record MpTable(int cpus) {
    /** Local APIC ids have 8 bits, 0xFF means all, and the I/O APIC takes one. */
    public static final int MAX_CPUS = 254;

    private static final int POINTER_SIZE = 16;
    private static final int HEADER_SIZE = 44;
    private static final int CPU_SIZE = 20;
    private static final int ENTRY_SIZE = 8;
    private static final int IO_APIC_PINS = 24;
    private static final int LINTS = 2;

    private static final byte PROCESSOR = 0;
    private static final byte BUS = 1;
    private static final byte IO_APIC = 2;
    private static final byte IO_INTERRUPT = 3;
    private static final byte LOCAL_INTERRUPT = 4;

    private static final byte VERSION_1_4 = 4;
    private static final byte APIC_VERSION = 0x14;
    private static final byte CPU_ENABLED = 1;
    private static final byte CPU_BOOT = 2;
    private static final int CPU_SIGNATURE = 0x600;
    private static final int CPU_FEATURES_FPU_APIC = 0x201;
    private static final byte INT = 0;
    private static final byte NMI = 1;
    private static final byte EXT_INT = 3;
    private static final byte ISA_BUS = 0;
    private static final byte ALL_CPUS = (byte) 0xFF;

    public MpTable {
        if (cpus < 1 || cpus > MAX_CPUS) {
            throw new BootException("MP table: " + cpus + " CPUs, but it can name 1 to " + MAX_CPUS
                    + "; use ACPI, or give fewer CPUs");
        }
    }

    /** Writes pointer and table. */
    public void write(GuestMemory memory) {
        int size = HEADER_SIZE + CPU_SIZE * cpus + ENTRY_SIZE * (2 + IO_APIC_PINS + LINTS);
        writePointer(memory.view(AddressMap.MP_TABLE, POINTER_SIZE));
        ByteBuffer table = memory.view(AddressMap.MP_CONFIG_TABLE, size);
        writeHeader(table, size);
        for (int id = 0; id < cpus; id++) {
            table.put(PROCESSOR).put((byte) id).put(APIC_VERSION).put(id == 0 ? CPU_ENABLED | CPU_BOOT : CPU_ENABLED);
            table.putInt(CPU_SIGNATURE).putInt(CPU_FEATURES_FPU_APIC).putLong(0);
        }
        table.put(BUS).put(ISA_BUS).put(ascii("ISA   "));
        byte ioApicId = (byte) cpus;
        table.put(IO_APIC).put(ioApicId).put(APIC_VERSION).put((byte) 1).putInt((int) AddressMap.IO_APIC);
        for (int pin = 0; pin < IO_APIC_PINS; pin++) {
            writeInterrupt(table, IO_INTERRUPT, INT, pin, ioApicId, pin);
        }
        writeInterrupt(table, LOCAL_INTERRUPT, EXT_INT, 0, (byte) 0, 0);
        writeInterrupt(table, LOCAL_INTERRUPT, NMI, 0, ALL_CPUS, 1);
        setChecksum(table, 7);
    }

    private static void writePointer(ByteBuffer pointer) {
        pointer.put(ascii("_MP_")).putInt((int) AddressMap.MP_CONFIG_TABLE);
        pointer.put((byte) (POINTER_SIZE / 16)).put(VERSION_1_4).put((byte) 0);
        pointer.put(new byte[5]);
        setChecksum(pointer, 10);
    }

    private void writeHeader(ByteBuffer table, int size) {
        int entries = cpus + 2 + IO_APIC_PINS + LINTS;
        table.put(ascii("PCMP")).putShort((short) size).put(VERSION_1_4).put((byte) 0);
        table.put(ascii("JVMM    ")).put(ascii("MICROVM     "));
        table.putInt(0).putShort((short) 0).putShort((short) entries);
        table.putInt((int) AddressMap.LOCAL_APIC).putInt(0);
    }

    /** Polarity and trigger are 0: as the ISA bus has it, edge and active high. */
    private static void writeInterrupt(ByteBuffer table, byte entry, byte type, int irq, byte apic, int pin) {
        table.put(entry).put(type).putShort((short) 0).put(ISA_BUS).put((byte) irq).put(apic).put((byte) pin);
    }

    private static void setChecksum(ByteBuffer bytes, int at) {
        bytes.put(at, (byte) 0);
        int sum = 0;
        for (int i = 0; i < bytes.limit(); i++) {
            sum += bytes.get(i);
        }
        bytes.put(at, (byte) -sum);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
