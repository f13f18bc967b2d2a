package dev.jvmm.acpi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.aml.Iasl;
import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AcpiTablesTest {
    @TempDir
    Path folder;

    private static final List<VirtioSlot> SLOTS = List.of(new VirtioSlot(0, 0xD000_0000L, 0x1000, 5),
            new VirtioSlot(5, 0xD000_5000L, 0x1000, 20), new VirtioSlot(17, 0xD001_1000L, 0x1000, 5));

    /** Finds the tables as a kernel does, RSDP to XSDT to FADT to DSDT, and checks each sum. */
    private static Map<String, byte[]> tables(AcpiTables acpi) {
        try (GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(1 << 20))) {
            long address = acpi.write(memory);
            assertTrue(address >= 0xE_0000 && address < 0x10_0000 && address % 16 == 0, "where kernels scan for it");
            byte[] rsdp = memory.read(address, 36);
            assertEquals("RSD PTR ", new String(rsdp, 0, 8, StandardCharsets.US_ASCII));
            assertEquals(2, rsdp[15]);
            assertEquals(0, sum(rsdp, 20));
            assertEquals(0, sum(rsdp, 36));
            assertArrayEquals(new byte[(int) (0x10_0000 - AddressMap.ACPI_TABLES_END)],
                    memory.read(AddressMap.ACPI_TABLES_END, (int) (0x10_0000 - AddressMap.ACPI_TABLES_END)));
            Map<String, byte[]> tables = new LinkedHashMap<>();
            ByteBuffer xsdt = add(tables, memory, memory.view(address, 36).getLong(24));
            for (int at = 36; at < xsdt.limit(); at += 8) {
                add(tables, memory, xsdt.getLong(at));
            }
            ByteBuffer fadt = little(tables.get("FACP"));
            assertEquals(fadt.getLong(140), Integer.toUnsignedLong(fadt.getInt(40)));
            add(tables, memory, fadt.getLong(140));
            return tables;
        }
    }

    private static ByteBuffer add(Map<String, byte[]> tables, GuestMemory memory, long address) {
        byte[] table = memory.read(address, memory.view(address, 8).getInt(4));
        assertEquals(0, sum(table, table.length));
        tables.put(new String(table, 0, 4, StandardCharsets.US_ASCII), table);
        return little(table);
    }

    private static ByteBuffer little(byte[] table) {
        return ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static int sum(byte[] bytes, int size) {
        int sum = 0;
        for (int i = 0; i < size; i++) {
            sum += bytes[i];
        }
        return sum & 0xFF;
    }

    @Test
    void allTablesAreThere() {
        assertEquals(List.of("XSDT", "FACP", "APIC", "DSDT"),
                new ArrayList<>(tables(new AcpiTables(2, SLOTS)).keySet()));
    }

    @Test
    void furtherTablesAreListed() {
        byte[] extra = TableBuilder.finish(TableBuilder.begin("NFIT", 1, 40));
        assertArrayEquals(extra, tables(new AcpiTables(1, List.of(), List.of(extra))).get("NFIT"));
    }

    @Test
    void nvdimmsAreDescribed() throws IOException, InterruptedException {
        List<Nvdimm> nvdimms = List.of(new Nvdimm(0, 4L << 30, 2 << 20, false, 0xD010_0000L),
                new Nvdimm(1, 5L << 30, 4 << 20, true, 0xD010_1000L));
        Map<String, byte[]> tables = tables(new AcpiTables(1, SLOTS, 3, List.of(Nfit.table(nvdimms))));
        String nfit = Iasl.disassemble(folder, "NFIT", tables.get("NFIT"));
        for (String word : List.of("66F0D379-B4F3-4074-AC43-0D3318B78CDB", "0000000140000000", "00000000D0101000")) {
            assertTrue(nfit.contains(word), nfit);
        }
        byte[] content = Nfit.content(nvdimms);
        assertArrayEquals(content, Arrays.copyOfRange(tables.get("NFIT"), 40, tables.get("NFIT").length));
        assertEquals(8, little(content).getShort(208 + 56 + 44), "the second one is not armed");
        String dsdt = Iasl.disassemble(folder, "DSDT", tables.get("DSDT"));
        for (String word : List.of("\"ACPI0012\"", "Method (_FIT", "Device (N002)", "Notify (NVDR, 0x80)",
                "_ADR, 0x03")) {
            assertTrue(dsdt.contains(word), dsdt);
        }
    }

    @Test
    void fadtSaysHardwareReduced() {
        ByteBuffer fadt = little(tables(new AcpiTables(1, List.of())).get("FACP"));
        assertEquals(276, fadt.limit());
        assertEquals(1 << 20 | 1 << 10, fadt.getInt(112) & (1 << 20 | 1 << 21 | 1 << 10));
        assertEquals(0, fadt.getShort(109) & 2, "no keyboard controller to probe");
        assertEquals(6, fadt.get(128));
        assertPort(AddressMap.PORT_RESET, fadt, 116);
        assertPort(AddressMap.PORT_ACPI_SLEEP_CONTROL, fadt, 244);
        assertPort(AddressMap.PORT_ACPI_SLEEP_STATUS, fadt, 256);
    }

    private static void assertPort(int port, ByteBuffer table, int at) {
        assertEquals(0x0100_0801, table.getInt(at), "an 8-bit port accessed as a byte");
        assertEquals(port, table.getLong(at + 4));
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 254, 255, 256, 300 })
    void madtNamesEveryProcessor(int cpus) {
        ByteBuffer madt = little(tables(new AcpiTables(cpus, List.of())).get("APIC"));
        int next = 0;
        for (int at = 44; at < madt.limit(); at += madt.get(at + 1)) {
            if (madt.get(at) == 0) {
                assertEquals(next, Byte.toUnsignedInt(madt.get(at + 2)));
                assertEquals(next++, Byte.toUnsignedInt(madt.get(at + 3)));
                assertEquals(1, madt.getInt(at + 4));
            } else if (madt.get(at) == 9) {
                assertEquals(next, madt.getInt(at + 4));
                assertEquals(1, madt.getInt(at + 8));
                assertEquals(next++, madt.getInt(at + 12));
                assertTrue(next > 255);
            } else if (madt.get(at) == 1) {
                assertEquals((int) AddressMap.IO_APIC, madt.getInt(at + 4));
            }
        }
        assertEquals(cpus, next);
    }

    @Test
    void whatDoesNotFitIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> tables(new AcpiTables(4096, SLOTS)));
        assertThrows(IllegalArgumentException.class, () -> new AcpiTables(0, SLOTS));
        assertThrows(IllegalArgumentException.class, () -> new AcpiTables(4097, SLOTS));
        assertThrows(IllegalArgumentException.class, () -> new VirtioSlot(256, 0xD000_0000L, 0x1000, 5));
        assertThrows(IllegalArgumentException.class, () -> new AcpiTables(1, List.of(SLOTS.get(1), SLOTS.get(0))));
        assertThrows(IllegalArgumentException.class, () -> new AcpiTables(1, List.of(SLOTS.get(1), SLOTS.get(1))));
    }

    @Test
    void manyProcessorsAndSlotsFit() {
        List<VirtioSlot> slots = new ArrayList<>();
        for (int i = 0; i < 256; i++) {
            slots.add(new VirtioSlot(i, 0xD000_0000L + 0x1000 * i, 0x1000, 5));
        }
        assertEquals(4, tables(new AcpiTables(1024, slots)).size());
    }

    @Test
    void iaslReadsAllTables() throws IOException, InterruptedException {
        for (Map.Entry<String, byte[]> table : tables(new AcpiTables(300, SLOTS)).entrySet()) {
            String source = Iasl.disassemble(folder, table.getKey(), table.getValue());
            assertTrue(source.contains("\"" + table.getKey() + "\""), source);
        }
    }

    @Test
    void dsdtSaysWhatThisAslSays() throws IOException, InterruptedException {
        byte[] dsdt = tables(new AcpiTables(2, SLOTS)).get("DSDT");
        byte[] expected = Iasl.compile(folder, """
                Name (\\_S5, Package () {5})
                Scope (\\_SB) {
                  Device (CPUS) {
                    Name (_HID, "ACPI0010")
                    Name (_CID, EisaId ("PNP0A05"))
                    Device (C000) { Name (_HID, "ACPI0007") Name (_UID, 0) }
                    Device (C001) { Name (_HID, "ACPI0007") Name (_UID, 1) }
                  }
                }
                Scope (\\_SB) {
                  Device (COM1) {
                    Name (_HID, EisaId ("PNP0501"))
                    Name (_UID, 1)
                    Name (_CRS, ResourceTemplate () {
                      IO (Decode16, 0x3F8, 0x3F8, 1, 8)
                      Interrupt (ResourceConsumer, Edge, ActiveHigh, Exclusive) {4}
                    })
                  }
                  Device (COM2) {
                    Name (_HID, EisaId ("PNP0501"))
                    Name (_UID, 2)
                    Name (_CRS, ResourceTemplate () {
                      IO (Decode16, 0x2F8, 0x2F8, 1, 8)
                      Interrupt (ResourceConsumer, Edge, ActiveHigh, Exclusive) {3}
                    })
                  }
                  Device (RTC) {
                    Name (_HID, EisaId ("PNP0B00"))
                    Name (_CRS, ResourceTemplate () {
                      IO (Decode16, 0x70, 0x70, 1, 2)
                      Interrupt (ResourceConsumer, Edge, ActiveHigh, Exclusive) {8}
                    })
                  }
                  Device (PEVT) {
                    Name (_HID, "QEMU0001")
                    Name (_CRS, ResourceTemplate () { IO (Decode16, 0x505, 0x505, 1, 1) })
                  }
                  Device (PWRB) { Name (_HID, EisaId ("PNP0C0C")) }
                }
                Scope (\\_SB) {
                  OperationRegion (SLTR, SystemIO, 0x700, 0x110)
                  Field (SLTR, ByteAcc, NoLock, WriteAsZeros) {P000, 8, Offset (5), P005, 8, Offset (17), P011, 8}
                  Field (SLTR, DWordAcc, NoLock, WriteAsZeros) {Offset (0x100), SLNX, 32, SLOS, 32}
                  Device (S000) {
                    Name (_HID, "ACPI0004")
                    Name (_UID, 0)
                    Method (_STA, 0) { Return (P000) }
                    Method (_EJ0, 1) { P000 = 1 }
                    Method (_OST, 3) { Store ((((Arg0 & 0xFFF) << 12) | (Arg1 & 0xFFF)) | 0x0, SLOS) }
                    Device (B000) {
                      Name (_ADR, 0)
                      Device (V000) {
                        Name (_HID, "LNRO0005")
                        Name (_UID, 0)
                        Name (_CCA, 1)
                        Name (_CRS, ResourceTemplate () {
                          Memory32Fixed (ReadWrite, 0xD0000000, 0x1000)
                          Interrupt (ResourceConsumer, Edge, ActiveHigh, Shared) {5}
                        })
                      }
                    }
                  }
                  Device (S005) {
                    Name (_HID, "ACPI0004")
                    Name (_UID, 5)
                    Method (_STA, 0) { Return (P005) }
                    Method (_EJ0, 1) { P005 = 1 }
                    Method (_OST, 3) { Store ((((Arg0 & 0xFFF) << 12) | (Arg1 & 0xFFF)) | 0x5000000, SLOS) }
                    Device (B005) {
                      Name (_ADR, 0)
                      Device (V005) {
                        Name (_HID, "LNRO0005")
                        Name (_UID, 5)
                        Name (_CCA, 1)
                        Name (_CRS, ResourceTemplate () {
                          Memory32Fixed (ReadWrite, 0xD0005000, 0x1000)
                          Interrupt (ResourceConsumer, Edge, ActiveHigh, Exclusive) {20}
                        })
                      }
                    }
                  }
                  Device (S011) {
                    Name (_HID, "ACPI0004")
                    Name (_UID, 17)
                    Method (_STA, 0) { Return (P011) }
                    Method (_EJ0, 1) { P011 = 1 }
                    Method (_OST, 3) { Store ((((Arg0 & 0xFFF) << 12) | (Arg1 & 0xFFF)) | 0x11000000, SLOS) }
                    Device (B011) {
                      Name (_ADR, 0)
                      Device (V011) {
                        Name (_HID, "LNRO0005")
                        Name (_UID, 17)
                        Name (_CCA, 1)
                        Name (_CRS, ResourceTemplate () {
                          Memory32Fixed (ReadWrite, 0xD0011000, 0x1000)
                          Interrupt (ResourceConsumer, Edge, ActiveHigh, Shared) {5}
                        })
                      }
                    }
                  }
                  Method (SLNT, 2, Serialized) {
                    If (Arg0 < 5) {
                      If (Arg0 == 0) { Notify (S000, Arg1) }
                    } Else {
                      If (Arg0 < 17) {
                        If (Arg0 == 5) { Notify (S005, Arg1) }
                      } Else {
                        If (Arg0 == 17) { Notify (S011, Arg1) }
                      }
                    }
                  }
                  Method (SLEV, 0, Serialized) {
                    Local0 = SLNX
                    While (Local0) {
                      SLNT ((Local0 >> 8) & 0xFF, Local0 & 0xFF)
                      Local0 = SLNX
                    }
                  }
                }
                Scope (\\_SB) {
                  Device (GED) {
                    Name (_HID, "ACPI0013")
                    Name (_CRS, ResourceTemplate () {
                      Interrupt (ResourceConsumer, Edge, ActiveHigh, Exclusive) {9}
                    })
                    OperationRegion (GEDR, SystemIO, 0x610, 0x10)
                    Field (GEDR, DWordAcc, NoLock, WriteAsZeros) {WHY, 32}
                    Method (_EVT, 1, Serialized) {
                      Local0 = WHY
                      If (Local0 & 1) { Notify (PWRB, 0x80) }
                      If (Local0 & 2) { \\_SB.SLEV () }
                    }
                  }
                }
                """);
        assertArrayEquals(expected, Arrays.copyOfRange(dsdt, 36, dsdt.length));
    }
}
