package dev.jvmm.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.device.DeviceSpec;
import dev.jvmm.legacy.AcpiEvents;
import dev.jvmm.legacy.AcpiSlots;
import dev.jvmm.testing.RequiresKvm;
import dev.jvmm.virtio.transport.MmioRegisters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The test is a guest's AML, its kernel and its drivers. */
@RequiresKvm
@Timeout(120)
class AcpiHotplugTest {
    private static final int SLOTS = 2;
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final DeviceSpec RNG = DeviceSpec.parse("rng", "");

    private static final int EVENT = 0x100;
    private static final int OST = 0x104;

    /** What the guest takes off the register each time that it is interrupted. */
    private final LinkedBlockingQueue<Integer> events = new LinkedBlockingQueue<>();

    private AcpiSlots registers;
    private BusDriver guest;
    private SlotBank bank;

    @BeforeEach
    void make() {
        guest = new BusDriver();
        registers = new AcpiSlots(SLOTS, new AcpiEvents(level -> {
            for (int event = level ? next() : 0; event != 0; event = next()) {
                events.add(event & 0xFFFF);
            }
        }));
        bank = new SlotBank(guest.vm, registers);
    }

    @AfterEach
    void close() {
        guest.vm.stop();
        bank.close();
        guest.close();
    }

    private int next() {
        return (int) registers.read(EVENT, Integer.BYTES);
    }

    private int heard() throws InterruptedException {
        Integer event = events.poll(60, TimeUnit.SECONDS);
        return event == null ? -1 : event;
    }

    private void ost(int slot, int event, int status) {
        registers.write(OST, Integer.BYTES, (long) slot << 24 | event << 12 | status);
    }

    private long sta(int slot) {
        return registers.read(slot, Byte.BYTES);
    }

    private void ej0(int slot) {
        registers.write(slot, Byte.BYTES, 1);
    }

    private long deviceId(int slot) {
        return guest.read(slot, MmioRegisters.DEVICE_ID);
    }

    private CompletableFuture<String> attaching(Duration patience) {
        return outcome(() -> "in slot " + bank.attach(RNG, patience).slot());
    }

    private CompletableFuture<String> detaching(int slot, Duration patience) {
        return outcome(() -> {
            bank.detach(new Attachment(slot, RNG), patience);
            return "gone";
        });
    }

    private interface Attempt {
        String make() throws InterruptedException;
    }

    private static CompletableFuture<String> outcome(Attempt attempt) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return attempt.make();
            } catch (SlotException | InterruptedException e) {
                return e.getMessage();
            }
        });
    }

    private static String of(CompletableFuture<String> outcome) throws Exception {
        return outcome.get(60, TimeUnit.SECONDS);
    }

    private int attached() throws Exception {
        CompletableFuture<String> attaching = attaching(LONG);
        int slot = heard() >> 8;
        guest.drive(slot);
        assertEquals("in slot " + slot, of(attaching));
        return slot;
    }

    @Test
    void comesAndGoesAsLinuxHasIt() throws Exception {
        for (int round = 0; round < 10; round++) {
            CompletableFuture<String> attaching = attaching(LONG);
            int slot = round < SLOTS ? round : 0;
            assertEquals(slot << 8 | AcpiSlots.BUS_CHECK, heard());
            assertEquals(0x0F, sta(slot));
            guest.drive(slot);
            ost(slot, AcpiSlots.BUS_CHECK, AcpiHotplug.SUCCESS);
            assertEquals("in slot " + slot, of(attaching));
            CompletableFuture<String> detaching = detaching(slot, LONG);
            assertEquals(slot << 8 | AcpiSlots.EJECT_REQUEST, heard());
            ost(slot, AcpiSlots.EJECT_REQUEST, AcpiHotplug.EJECT_IN_PROGRESS);
            ost(slot, AcpiSlots.EJECT_REQUEST, AcpiHotplug.DEVICE_BUSY);
            guest.status(slot, 0);
            ost(slot, AcpiSlots.EJECT_REQUEST, AcpiHotplug.EJECT_IN_PROGRESS);
            assertFalse(detaching.isDone(), "not before it is ejected");
            ej0(slot);
            ost(slot, AcpiHotplug.OSPM_EJECT, AcpiHotplug.SUCCESS);
            assertEquals("gone", of(detaching));
            assertEquals(0, deviceId(slot));
            assertTrue(events.isEmpty(), "the guest knows already");
        }
    }

    @Test
    void devicesOfTheStartAreThere() {
        bank.fillAll(List.of(RNG));
        assertEquals(0x0F, sta(0));
        assertTrue(events.isEmpty());
    }

    @Test
    void aDeviceWithoutADriverGoesAgain() throws Exception {
        String word = of(attaching(SHORT));
        assertTrue(word.endsWith("no driver in the guest took it within 20 ms"), word);
        assertEquals(0, sta(0));
        assertEquals(AcpiSlots.BUS_CHECK, heard());
        assertEquals(AcpiSlots.BUS_CHECK, heard(), "look again: there is none");
    }

    @Test
    void aGuestMayRefuseADevice() throws Exception {
        CompletableFuture<String> attaching = attaching(LONG);
        heard();
        ost(0, AcpiSlots.BUS_CHECK, 1);
        String word = of(attaching);
        assertTrue(word.endsWith("the guest says: its look for the device failed (_OST 0x1)"), word);
        attaching = attaching(LONG);
        assertEquals(0, heard(), "the first slot again");
        assertEquals(1, heard() >> 8);
        ej0(1);
        word = of(attaching);
        assertTrue(word.endsWith("the guest says: it has ejected the device"), word);
        assertTrue(events.isEmpty(), "it knows");
    }

    @Test
    void aGuestMayKeepADevice() throws Exception {
        int slot = attached();
        List<String> words = new ArrayList<>();
        for (int[] answer : new int[][]{ { AcpiSlots.EJECT_REQUEST, AcpiHotplug.EJECT_NOT_SUPPORTED },
            { AcpiHotplug.OSPM_EJECT, AcpiHotplug.DEVICE_BUSY }, { AcpiSlots.EJECT_REQUEST, 1 } }) {
            CompletableFuture<String> detaching = detaching(slot, LONG);
            assertEquals(AcpiSlots.EJECT_REQUEST, heard() & 0xFF);
            ost(slot, answer[0], answer[1]);
            words.add(of(detaching).replaceAll(".*says: ", ""));
        }
        assertEquals(List.of("it can not eject this device (_OST 0x80)", "the device is in use (_OST 0x82)",
                "the eject failed (_OST 0x1)"), words);
        assertEquals(0x0F, sta(slot));
        assertEquals(List.of(new Attachment(slot, RNG)), bank.attached());
    }

    @Test
    void aGuestWithoutHelpKeepsADevice() throws Exception {
        int slot = attached();
        CompletableFuture<String> detaching = detaching(slot, Duration.ofMillis(300));
        heard();
        ost(slot, AcpiSlots.EJECT_REQUEST, AcpiHotplug.DEVICE_BUSY);
        String word = of(detaching);
        assertTrue(word.endsWith("ms; its kernel wants a program there to take the device offline, as guest-kernel/udev"
                + " does"), word);
        assertEquals(0x0F, sta(slot));
    }

    /** What a guest does by itself, or too late for the one who asked. */
    @Test
    void aDeviceMayBeGivenBackUnasked() throws Exception {
        int slot = attached();
        guest.status(slot, 0);
        ej0(slot);
        while (!bank.attached().isEmpty()) {
            Thread.sleep(1);
        }
        assertEquals(0, deviceId(slot));
        assertEquals(1, attached(), "the fresh one");
        assertEquals(0, attached());
    }

    /** A machine at rest is left as it is; what a guest gave back is seen to when it goes on. */
    @Test
    void whatWasGivenBackIsTakenOutAfterARestore() throws Exception {
        int slot = attached();
        bank.pause();
        registers.empty(slot);
        assertEquals(1, bank.attached().size());
        bank.resume();
        assertEquals(List.of(), bank.attached());
        assertThrows(SlotException.class, () -> bank.detach(new Attachment(slot, RNG), SHORT));
    }

    /** Words that nobody asked for, about slots that are empty or not there. */
    @Test
    void theGuestMaySayAnything() throws Exception {
        for (int slot = 0; slot < 256; slot++) {
            for (int event : new int[]{ 0, 1, 3, 0x103, 0x200, 0xFFF }) {
                ost(slot, event, 0x82);
                ost(slot, event, 1);
            }
            ej0(slot);
        }
        assertEquals(0, attached());
    }
}
