package dev.jvmm.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.config.ConfigException;
import dev.jvmm.device.DeviceSpec;
import dev.jvmm.legacy.AcpiEvents;
import dev.jvmm.legacy.AcpiSlots;
import dev.jvmm.memory.AddressMap;
import dev.jvmm.state.StateException;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateRecord;
import dev.jvmm.state.StateWriter;
import dev.jvmm.testing.RequiresKvm;
import dev.jvmm.virtio.block.BlockDevice;
import dev.jvmm.virtio.transport.DeviceStatus;
import dev.jvmm.virtio.transport.MmioRegisters;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The test is the guest: it works on the bus as a driver would. */
@RequiresKvm
@Timeout(120)
class SlotBankTest {
    private static final int SLOTS = 2;
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int BLOCK = 2;

    @TempDir
    private Path folder;

    private final AcpiEvents events = new AcpiEvents(level -> {
    });
    private final AcpiSlots registers = new AcpiSlots(SLOTS, events);
    private BusDriver guest;
    private SlotBank bank;

    @BeforeEach
    void make() {
        guest = new BusDriver();
        bank = new SlotBank(guest.vm, registers);
    }

    @AfterEach
    void close() {
        guest.vm.stop();
        bank.close();
        guest.close();
    }

    private DeviceSpec disk(String name) throws IOException {
        Path file = folder.resolve(name);
        if (!Files.exists(file)) {
            Files.write(file, new byte[1 << 20]);
        }
        return DeviceSpec.parse("disk", "path=" + file);
    }

    /** A guest that does what it is told, on a thread of its own. */
    private final class Obedient implements SlotSignals {
        @Override
        public void filled(int slot) {
            Thread.ofPlatform().start(() -> guest.drive(slot));
        }

        @Override
        public void removalWanted(int slot) {
            Thread.ofPlatform().start(() -> {
                guest.write(slot, MmioRegisters.STATUS, 0);
                bank.answered(slot, "");
            });
        }
    }

    @Test
    void anEmptySlotHasNoDevice() {
        assertEquals(MmioRegisters.MAGIC, guest.read(1, MmioRegisters.MAGIC_VALUE));
        assertEquals(MmioRegisters.VERSION_2, guest.read(1, MmioRegisters.VERSION));
        assertEquals(0, guest.read(1, MmioRegisters.DEVICE_ID));
        guest.drive(1);
        assertEquals(0, guest.read(1, MmioRegisters.STATUS));
    }

    @Test
    void devicesComeAndGo() throws Exception {
        bank.tellThrough(new Obedient());
        for (int round = 0; round < 20; round++) {
            Attachment first = bank.attach(disk("a"), LONG);
            Attachment second = bank.attach(disk("b"), LONG);
            assertEquals(List.of(first, second), bank.attached());
            assertEquals(BLOCK, guest.read(second.slot(), MmioRegisters.DEVICE_ID));
            bank.detach(first, LONG);
            assertEquals(0, guest.read(first.slot(), MmioRegisters.DEVICE_ID));
            assertEquals(List.of(second), bank.attached());
            bank.detach(second, LONG);
        }
    }

    @Test
    void aDiskGrowsWhereItIs() throws Exception {
        bank.tellThrough(new Obedient());
        Attachment there = bank.attach(disk("a"), LONG);
        assertEquals(2048, guest.read(there.slot(), MmioRegisters.CONFIG));
        Files.write(folder.resolve("a"), new byte[3 << 20]);
        ((BlockDevice) bank.device(there)).refresh();
        while (guest.read(there.slot(), MmioRegisters.CONFIG) == 2048) {
            Thread.sleep(1);
        }
        assertEquals(6144, guest.read(there.slot(), MmioRegisters.CONFIG));
        bank.detach(there, LONG);
        assertThrows(SlotException.class, () -> bank.device(there));
    }

    @Test
    void withoutADriverEverythingIsAsBefore() throws Exception {
        SlotException e = assertThrows(SlotException.class, () -> bank.attach(disk("a"), SHORT));
        assertTrue(e.getMessage().endsWith("no driver in the guest took it within 20 ms"), e.getMessage());
        assertEquals(List.of(), bank.attached());
        assertEquals(0, guest.read(0, MmioRegisters.DEVICE_ID));
        // The disk's lock is free again, and so is the slot, though one that was never used goes first.
        bank.tellThrough(new Obedient());
        assertEquals(1, bank.attach(disk("a"), LONG).slot());
        assertEquals(0, bank.attach(disk("b"), LONG).slot());
    }

    @Test
    void aGuestMayRefuse() throws Exception {
        bank.tellThrough(new SlotSignals() {
            @Override
            public void filled(int slot) {
                bank.answered(slot, "no such driver");
            }

            @Override
            public void removalWanted(int slot) {
                bank.answered(slot, "it is mounted");
            }
        });
        SlotException e = assertThrows(SlotException.class, () -> bank.attach(disk("a"), LONG));
        assertTrue(e.getMessage().endsWith("the guest says: no such driver"), e.getMessage());
        Attachment there = bank.fill(disk("a"));
        guest.drive(there.slot());
        e = assertThrows(SlotException.class, () -> bank.detach(there, LONG));
        assertTrue(e.getMessage().endsWith("the guest says: it is mounted"), e.getMessage());
        assertEquals(List.of(there), bank.attached());
        assertEquals(15, guest.read(there.slot(), MmioRegisters.STATUS));
    }

    @Test
    void aDriverMayGiveUp() throws Exception {
        bank.tellThrough(new SlotSignals() {
            @Override
            public void filled(int slot) {
                guest.write(slot, MmioRegisters.STATUS, DeviceStatus.FAILED);
            }

            @Override
            public void removalWanted(int slot) {}
        });
        SlotException e = assertThrows(SlotException.class, () -> bank.attach(disk("a"), LONG));
        assertTrue(e.getMessage().endsWith("the guest's driver gave up on it"), e.getMessage());
    }

    @Test
    void aGuestThatDoesNotAnswerKeepsItsDevice() throws Exception {
        Attachment there = bank.fill(disk("a"));
        guest.drive(there.slot());
        SlotException e = assertThrows(SlotException.class, () -> bank.detach(there, SHORT));
        assertTrue(e.getMessage().endsWith("the guest did not let go of it within 20 ms"), e.getMessage());
        assertEquals(BLOCK, guest.read(there.slot(), MmioRegisters.DEVICE_ID));
        // A driver that has let go says enough.
        guest.write(there.slot(), MmioRegisters.STATUS, 0);
        bank.detach(there, SHORT);
        assertThrows(SlotException.class, () -> bank.detach(there, SHORT));
    }

    @Test
    void slotsRunOut() throws Exception {
        bank.fill(disk("a"));
        bank.fill(disk("b"));
        SlotException e = assertThrows(SlotException.class, () -> bank.fill(disk("c")));
        assertTrue(e.getMessage().startsWith("all 2 slots for devices are taken"), e.getMessage());
    }

    @Test
    void theEndOfTheMachineEndsTheWait() throws Exception {
        Thread owner = Thread.currentThread();
        bank.tellThrough(new SlotSignals() {
            @Override
            public void filled(int slot) {
                Thread.ofPlatform().start(() -> {
                    while (owner.getState() != Thread.State.TIMED_WAITING) {
                        Thread.onSpinWait();
                    }
                    bank.release();
                });
            }

            @Override
            public void removalWanted(int slot) {}
        });
        SlotException e = assertThrows(SlotException.class, () -> bank.attach(disk("a"), LONG));
        assertTrue(e.getMessage().endsWith("the machine has ended"), e.getMessage());
    }

    @Test
    void aMachineThatRestsKeepsItsDevicesStill() throws Exception {
        bank.pause();
        Attachment there = bank.fill(disk("a"));
        List<StateRecord> records = guest.vm.save();
        bank.resume();
        assertEquals(there, SlotList.of(records).attached().getFirst());
        assertEquals(SLOTS, SlotList.of(records).count());
    }

    @Test
    void aForgedListIsRefused() {
        StateWriter tooMany = new StateWriter().int32(AddressMap.VIRTIO_SLOTS_MAX + 1).int32(0);
        StateWriter twice = new StateWriter().int32(2).int32(2);
        entry(entry(twice, 1, "rng"), 1, "rng");
        StateWriter beyond = entry(new StateWriter().int32(2).int32(1), 2, "rng");
        StateWriter unknown = entry(new StateWriter().int32(2).int32(1), 0, "floppy");
        StateWriter cut = new StateWriter().int32(2).int32(1).int32(0);
        StateWriter other = entry(new StateWriter().int32(2).int32(1), 0, "rng");
        for (StateWriter forged : List.of(tooMany, twice, beyond, unknown, cut, other)) {
            StateReader in = new StateReader(SlotList.NAME, 1, forged.bytes());
            assertThrows(StateException.class, () -> new SlotList(bank).restore(in));
        }
    }

    private static StateWriter entry(StateWriter out, int slot, String kind) {
        return out.int32(slot).bytes(kind.getBytes(StandardCharsets.UTF_8)).bytes(new byte[0]);
    }

    @Test
    void aDiskThatIsNotThereLeavesNothingBehind() {
        DeviceSpec missing = DeviceSpec.parse("disk", "path=" + folder.resolve("missing"));
        for (int i = 0; i < 3; i++) {
            assertThrows(RuntimeException.class, () -> bank.fill(missing));
        }
        assertEquals(List.of(), bank.attached());
        assertThrows(ConfigException.class,
                () -> MachineConfig.builder(folder).slots(AddressMap.VIRTIO_SLOTS_MAX + 1).build());
    }
}
