package dev.jvmm.machine;

import dev.jvmm.bus.AddressBus;
import dev.jvmm.bus.BusDevice;
import dev.jvmm.legacy.AcpiEvents;
import dev.jvmm.legacy.AcpiPower;
import dev.jvmm.legacy.AcpiSlots;
import dev.jvmm.legacy.CmosRtc;
import dev.jvmm.legacy.HostClock;
import dev.jvmm.legacy.I8042;
import dev.jvmm.legacy.PostCode;
import dev.jvmm.legacy.PowerEvent;
import dev.jvmm.legacy.PowerListener;
import dev.jvmm.legacy.PvPanic;
import dev.jvmm.legacy.ResetPort;
import dev.jvmm.legacy.Uart16550;
import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryRegion;
import dev.jvmm.state.Stateful;
import dev.jvmm.vm.KvmInterruptLine;
import dev.jvmm.vm.Outcome;
import dev.jvmm.vm.Outcome.Kind;
import dev.jvmm.vm.VirtualMachine;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** The devices of a PC that every kernel expects at fixed ports, connected to a machine. */
final class LegacyDevices implements PowerListener {
    private final VirtualMachine vm;
    private final AcpiSlots slots;
    private final AcpiEvents events;
    private final List<SerialBridge> serialPorts = new ArrayList<>(2);

    private LegacyDevices(VirtualMachine vm, int slotCount) {
        this.vm = vm;
        events = new AcpiEvents(new KvmInterruptLine(vm.kvm(), AddressMap.GSI_GED));
        slots = new AcpiSlots(slotCount, events);
    }

    static LegacyDevices connect(VirtualMachine vm, SerialHost console, SerialHost channel, int slotCount) {
        LegacyDevices devices = new LegacyDevices(vm, slotCount);
        devices.connectSerial("com1", console, AddressMap.PORT_COM1, AddressMap.IRQ_COM1);
        devices.connectSerial("com2", channel, AddressMap.PORT_COM2, AddressMap.IRQ_COM2);
        devices.connectClock();
        devices.connectPower();
        return devices;
    }

    /** Has the serial ports hand over what the guest has written, as far as their hosts take it. */
    void flush() {
        for (int i = 0; i < serialPorts.size(); i++) {
            serialPorts.get(i).flush();
        }
    }

    private void connectSerial(String name, SerialHost host, int port, int irq) {
        if (host != SerialHost.NONE) {
            SerialBridge bridge = new SerialBridge(new KvmInterruptLine(vm.kvm(), irq), host);
            serialPorts.add(bridge);
            vm.parts().add(name, bridge.uart());
            vm.ports().add(port, Uart16550.SIZE, bridge.uart());
        }
    }

    private void connectClock() {
        GuestMemory memory = vm.memory();
        long above = 0;
        for (MemoryRegion region : memory.regions()) {
            above += region.start() >= AddressMap.RAM_ABOVE_4G ? region.size() : 0;
        }
        CmosRtc rtc = new CmosRtc(InstantSource.system(), memory.size() - above, above);
        connect("rtc", rtc, AddressMap.PORT_CMOS, CmosRtc.SIZE);
        connect("host-clock", new HostClock(InstantSource.system()), AddressMap.PORT_HOST_CLOCK, HostClock.SIZE);
    }

    private void connectPower() {
        AddressBus ports = vm.ports();
        I8042 keyboard = new I8042(this);
        vm.parts().add("i8042", keyboard);
        ports.add(AddressMap.PORT_I8042_DATA, 1, keyboard.dataPort());
        ports.add(AddressMap.PORT_I8042_COMMAND, 1, keyboard.commandPort());
        connect("post-code", new PostCode(), AddressMap.PORT_POST_CODE, 1);
        connect("pvpanic", new PvPanic(this), AddressMap.PORT_PVPANIC, PvPanic.SIZE);
        connect("reset", new ResetPort(this), AddressMap.PORT_RESET, 1);
        connect("acpi-power", new AcpiPower(this), AddressMap.PORT_ACPI_SLEEP_CONTROL, AcpiPower.SIZE);
        connect("acpi-events", events, AddressMap.PORT_ACPI_GED, AddressMap.PORT_ACPI_GED_SIZE);
        connect("acpi-slots", slots, AddressMap.PORT_ACPI_SLOTS, AddressMap.PORT_ACPI_SLOTS_SIZE);
    }

    /** Through which a guest hears of all that comes and goes. */
    AcpiEvents events() {
        return events;
    }

    /** Through which a guest hears of its slots. */
    AcpiSlots slots() {
        return slots;
    }

    private <T extends BusDevice & Stateful> void connect(String name, T device, int port, int size) {
        vm.parts().add(name, device);
        vm.ports().add(port, size, device);
    }

    @Override
    public void power(PowerEvent event) {
        switch (event) {
            case POWER_OFF -> vm.end(Outcome.of(Kind.POWER_OFF));
            case RESET -> vm.end(Outcome.of(Kind.RESET));
            case PANIC -> vm.end(Outcome.of(Kind.PANIC));
            case CRASH_KERNEL -> {
                // The guest goes on with its crash kernel.
            }
        }
    }

    /** No vCPU waits for the host's end of a serial port any more, and the hosts' ends know that nothing will come. */
    void release() {
        for (int i = 0; i < serialPorts.size(); i++) {
            serialPorts.get(i).close();
        }
    }
}
