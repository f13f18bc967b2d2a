package dev.jvmm.acpi;

import static dev.jvmm.acpi.Dsdt.numbered;
import static dev.jvmm.aml.Aml.and;
import static dev.jvmm.aml.Aml.arg;
import static dev.jvmm.aml.Aml.bits;
import static dev.jvmm.aml.Aml.call;
import static dev.jvmm.aml.Aml.device;
import static dev.jvmm.aml.Aml.equal;
import static dev.jvmm.aml.Aml.field;
import static dev.jvmm.aml.Aml.integer;
import static dev.jvmm.aml.Aml.less;
import static dev.jvmm.aml.Aml.local;
import static dev.jvmm.aml.Aml.method;
import static dev.jvmm.aml.Aml.name;
import static dev.jvmm.aml.Aml.notifies;
import static dev.jvmm.aml.Aml.operationRegion;
import static dev.jvmm.aml.Aml.or;
import static dev.jvmm.aml.Aml.otherwise;
import static dev.jvmm.aml.Aml.path;
import static dev.jvmm.aml.Aml.resources;
import static dev.jvmm.aml.Aml.returns;
import static dev.jvmm.aml.Aml.serializedMethod;
import static dev.jvmm.aml.Aml.shiftLeft;
import static dev.jvmm.aml.Aml.shiftRight;
import static dev.jvmm.aml.Aml.skip;
import static dev.jvmm.aml.Aml.store;
import static dev.jvmm.aml.Aml.when;
import static dev.jvmm.aml.Aml.whilst;
import static dev.jvmm.aml.Resources.interrupt;
import static dev.jvmm.aml.Resources.memory32Fixed;
import static dev.jvmm.aml.Resources.sharedInterrupt;

import dev.jvmm.aml.Aml;
import dev.jvmm.aml.AmlNode;
import dev.jvmm.aml.FieldElement;
import dev.jvmm.legacy.AcpiSlots;
import dev.jvmm.memory.AddressMap;
import java.util.ArrayList;
import java.util.List;

/**
 * Slots that devices come to and go from while the guest runs; {@link AcpiSlots} is the other side of their registers.
 *
 * <p>Each virtio-mmio device sits in an ACPI container of its own: Linux acts on a Notify only for devices that have a hotplug-aware scan
 * handler; a container has one, a bare LNRO0005 has none. Between the two is a device without a name of its own. Without it the container's
 * own device would be the platform device's parent, and the eject, which unregisters the container, would take the platform device's folder
 * in sysfs along, but not the device: nothing could be bound to it again. ARCHITECTURE.md tells the whole way.
 */
final class SlotNodes {
    private static final int BYTE_MASK = 0xFF;

    private SlotNodes() {}

    /** What belongs into \_SB; {@code SLEV}, which takes all events off, among it. */
    static AmlNode[] of(List<VirtioSlot> slots) {
        AmlNode[] nodes = new AmlNode[5 + slots.size()];
        nodes[0] = operationRegion("SLTR", Aml.Space.SYSTEM_IO, AddressMap.PORT_ACPI_SLOTS,
                AddressMap.PORT_ACPI_SLOTS_SIZE);
        nodes[1] = field("SLTR", Aml.Access.BYTE, Aml.Update.WRITE_AS_ZEROS, statuses(slots));
        nodes[2] = field("SLTR", Aml.Access.DWORD, Aml.Update.WRITE_AS_ZEROS,
                skip(AcpiSlots.EVENT * Byte.SIZE), bits("SLNX", Integer.SIZE), bits("SLOS", Integer.SIZE));
        for (int i = 0; i < slots.size(); i++) {
            nodes[3 + i] = container(slots.get(i), shared(slots, i));
        }
        nodes[3 + slots.size()] = serializedMethod("SLNT", 2, notifyOneOf(slots, 0, slots.size()));
        nodes[4 + slots.size()] = serializedMethod("SLEV", 0,
                store(path("SLNX"), local(0)),
                whilst(local(0),
                        call("SLNT",
                                and(shiftRight(local(0), integer(AcpiSlots.SLOT_SHIFT)), integer(BYTE_MASK)),
                                and(local(0), integer(BYTE_MASK))),
                        store(path("SLNX"), local(0))));
        return nodes;
    }

    /** A byte for each slot, at its index. */
    private static FieldElement[] statuses(List<VirtioSlot> slots) {
        List<FieldElement> elements = new ArrayList<>();
        int next = 0;
        for (int i = 0; i < slots.size(); i++) {
            int index = slots.get(i).index();
            if (index > next) {
                elements.add(skip((index - next) * Byte.SIZE));
            }
            elements.add(bits(numbered('P', index), Byte.SIZE));
            next = index + 1;
        }
        return elements.toArray(new FieldElement[0]);
    }

    private static boolean shared(List<VirtioSlot> slots, int of) {
        for (int i = 0; i < slots.size(); i++) {
            if (i != of && slots.get(i).gsi() == slots.get(of).gsi()) {
                return true;
            }
        }
        return false;
    }

    private static AmlNode container(VirtioSlot slot, boolean shared) {
        AmlNode registers = memory32Fixed(slot.address(), slot.size());
        AmlNode virtio = device(numbered('V', slot.index()),
                name("_HID", "LNRO0005"),
                name("_UID", slot.index()),
                name("_CCA", 1),
                name("_CRS", resources(registers, shared ? sharedInterrupt(slot.gsi()) : interrupt(slot.gsi()))));
        return device(numbered('S', slot.index()),
                name("_HID", "ACPI0004"),
                name("_UID", slot.index()),
                method("_STA", 0, returns(path(numbered('P', slot.index())))),
                method("_EJ0", 1, store(integer(1), path(numbered('P', slot.index())))),
                method("_OST", 3, store(ost(slot.index()), path("SLOS"))),
                device(numbered('B', slot.index()), name("_ADR", 0), virtio));
    }

    /** All of it in one write, so that it needs no lock. */
    private static AmlNode ost(int index) {
        AmlNode event = shiftLeft(and(arg(0), integer(AcpiSlots.OST_MASK)), integer(AcpiSlots.OST_EVENT_SHIFT));
        AmlNode status = and(arg(1), integer(AcpiSlots.OST_MASK));
        return or(or(event, status), integer((long) index << AcpiSlots.OST_SLOT_SHIFT));
    }

    /** {@code Notify (the slot with index Arg0, Arg1)}, for one of those from {@code first} on: AML has no way to compute a name. */
    private static AmlNode[] notifyOneOf(List<VirtioSlot> slots, int first, int end) {
        if (end - first == 1) {
            int index = slots.get(first).index();
            return new AmlNode[]{ when(equal(arg(0), integer(index)), notifies(numbered('S', index), arg(1))) };
        }
        int middle = (first + end) >>> 1;
        return new AmlNode[]{
            when(less(arg(0), integer(slots.get(middle).index())), notifyOneOf(slots, first, middle)),
            otherwise(notifyOneOf(slots, middle, end))
        };
    }
}
