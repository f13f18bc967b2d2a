package dev.jvmm.acpi;

import static dev.jvmm.aml.Aml.and;
import static dev.jvmm.aml.Aml.bits;
import static dev.jvmm.aml.Aml.call;
import static dev.jvmm.aml.Aml.device;
import static dev.jvmm.aml.Aml.eisaId;
import static dev.jvmm.aml.Aml.field;
import static dev.jvmm.aml.Aml.integer;
import static dev.jvmm.aml.Aml.local;
import static dev.jvmm.aml.Aml.name;
import static dev.jvmm.aml.Aml.notifies;
import static dev.jvmm.aml.Aml.operationRegion;
import static dev.jvmm.aml.Aml.packageOf;
import static dev.jvmm.aml.Aml.path;
import static dev.jvmm.aml.Aml.resources;
import static dev.jvmm.aml.Aml.scope;
import static dev.jvmm.aml.Aml.serializedMethod;
import static dev.jvmm.aml.Aml.store;
import static dev.jvmm.aml.Aml.when;
import static dev.jvmm.aml.Resources.interrupt;
import static dev.jvmm.aml.Resources.io;

import dev.jvmm.aml.Aml;
import dev.jvmm.aml.AmlNode;
import dev.jvmm.aml.AmlSink;
import dev.jvmm.memory.AddressMap;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The differentiated system description table: what cannot be found by looking. */
final class Dsdt {
    private static final int REVISION = 2;
    private static final int UART_PORTS = 8;
    private static final int CMOS_PORTS = 2;
    private static final int PVPANIC_PORTS = 1;
    private static final int POWER_BUTTON_PRESSED = 0x80;

    /** Of the NVDIMM root: {@code _FIT} says something else than before (ACPI 6.5, 5.6.6). */
    private static final int NVDIMMS_CHANGED = 0x80;

    private static final String HEX = "0123456789ABCDEF";

    private Dsdt() {}

    static byte[] of(int cpus, List<VirtioSlot> slots, int nvdimms) {
        AmlSink sink = new AmlSink();
        name("\\_S5", packageOf(integer(AddressMap.ACPI_SLEEP_TYPE_S5))).writeTo(sink);
        scope("\\_SB", processors(cpus)).writeTo(sink);
        scope("\\_SB", legacyDevices()).writeTo(sink);
        if (!slots.isEmpty()) {
            scope("\\_SB", SlotNodes.of(slots)).writeTo(sink);
        }
        if (nvdimms > 0) {
            scope("\\_SB", NvdimmNodes.root(nvdimms)).writeTo(sink);
        }
        scope("\\_SB", events(slots, nvdimms > 0)).writeTo(sink);
        byte[] body = sink.toByteArray();
        ByteBuffer table = TableBuilder.begin("DSDT", REVISION, TableBuilder.HEADER_SIZE + body.length);
        return TableBuilder.finish(table.put(body));
    }

    /** Three hexadecimal digits behind a letter: a name for each of up to 4096 things. */
    static String numbered(char letter, int number) {
        return "" + letter + HEX.charAt(number >> 8 & 0xF) + HEX.charAt(number >> 4 & 0xF) + HEX.charAt(number & 0xF);
    }

    private static AmlNode processors(int cpus) {
        AmlNode[] body = new AmlNode[2 + cpus];
        body[0] = name("_HID", "ACPI0010");
        body[1] = name("_CID", eisaId("PNP0A05"));
        for (int id = 0; id < cpus; id++) {
            body[2 + id] = device(numbered('C', id), name("_HID", "ACPI0007"), name("_UID", id));
        }
        return device("CPUS", body);
    }

    private static AmlNode[] legacyDevices() {
        return new AmlNode[]{
            device("COM1",
                    name("_HID", eisaId("PNP0501")),
                    name("_UID", 1),
                    name("_CRS", resources(io(AddressMap.PORT_COM1, UART_PORTS), interrupt(AddressMap.IRQ_COM1)))),
            device("COM2",
                    name("_HID", eisaId("PNP0501")),
                    name("_UID", 2),
                    name("_CRS", resources(io(AddressMap.PORT_COM2, UART_PORTS), interrupt(AddressMap.IRQ_COM2)))),
            device("RTC",
                    name("_HID", eisaId("PNP0B00")),
                    name("_CRS", resources(io(AddressMap.PORT_CMOS, CMOS_PORTS), interrupt(AddressMap.IRQ_CMOS)))),
            device("PEVT",
                    name("_HID", "QEMU0001"),
                    name("_CRS", resources(io(AddressMap.PORT_PVPANIC, PVPANIC_PORTS)))),
            device("PWRB", name("_HID", eisaId("PNP0C0C")))
        };
    }

    /** The Generic Event Device: one interrupt, one register that says why, cleared by reading it. */
    private static AmlNode events(List<VirtioSlot> slots, boolean nvdimms) {
        List<AmlNode> body = new ArrayList<>(4);
        body.add(store(path("WHY"), local(0)));
        body.add(when(and(local(0), integer(AddressMap.GED_POWER_BUTTON)), notifies("PWRB", POWER_BUTTON_PRESSED)));
        if (!slots.isEmpty()) {
            body.add(when(and(local(0), integer(AddressMap.GED_SLOTS)), call("\\_SB.SLEV")));
        }
        if (nvdimms) {
            body.add(when(and(local(0), integer(AddressMap.GED_NVDIMM)), notifies(NvdimmNodes.ROOT, NVDIMMS_CHANGED)));
        }
        return device("GED",
                name("_HID", "ACPI0013"),
                name("_CRS", resources(interrupt(AddressMap.GSI_GED))),
                operationRegion("GEDR", Aml.Space.SYSTEM_IO, AddressMap.PORT_ACPI_GED, AddressMap.PORT_ACPI_GED_SIZE),
                field("GEDR", Aml.Access.DWORD, Aml.Update.WRITE_AS_ZEROS, bits("WHY", Integer.SIZE)),
                serializedMethod("_EVT", 1, body.toArray(new AmlNode[0])));
    }
}
