package dev.jvmm.legacy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.bus.AddressBus;
import dev.jvmm.bus.BusDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The registers by which a guest ends, as Linux writes them. */
final class PowerDevicesTest {
    private final List<PowerEvent> events = new ArrayList<>();
    private final AddressBus ports = new AddressBus("port");

    private int in(int port) {
        return (int) ports.read(port, 1);
    }

    private void out(int port, int value) {
        ports.write(port, 1, value);
    }

    private void plugKeyboardController() {
        I8042 controller = new I8042(events::add);
        ports.add(0x60, 1, controller.dataPort());
        ports.add(0x64, 1, controller.commandPort());
    }

    /** {@code i8042_flush}: after 16 bytes it says "No controller found". */
    @Test
    void linuxFindsNoKeyboardControllerAtOnce() {
        plugKeyboardController();
        int count = 0;
        while ((in(0x64) & 0x01) != 0) {
            if (count++ == 16) {
                return;
            }
            assertEquals(0, in(0x60));
        }
        throw new AssertionError("the flush ended, so the probe would go on");
    }

    @Test
    void flushingToTheEndEnds() {
        plugKeyboardController();
        int count = 0;
        while ((in(0x64) & 0x01) != 0) {
            in(0x60);
            assertTrue(++count < 100);
        }
        assertEquals(0, in(0x60));
        assertEquals(0, in(0x64));
    }

    /** {@code native_machine_emergency_restart}: kb_wait, then the pulse. */
    @Test
    void keyboardControllerResets() {
        plugKeyboardController();
        assertEquals(0, in(0x64) & 0x02, "kb_wait goes on at once");
        out(0x60, 0xFE);
        out(0x64, 0x20);
        assertEquals(List.of(), events);
        out(0x64, 0xFE);
        assertEquals(List.of(PowerEvent.RESET), events);
    }

    /** {@code reboot=pci}: BOOT_CF9_FORCE. */
    @Test
    void resetPortNeedsTheBitToRise() {
        ports.add(0xCF9, 1, new ResetPort(events::add));
        int cf9 = in(0xCF9) & ~0x0E;
        out(0xCF9, cf9 | 0x02);
        assertEquals(2, in(0xCF9));
        assertEquals(List.of(), events);
        out(0xCF9, cf9 | 0x0E);
        assertEquals(List.of(PowerEvent.RESET), events);
        out(0xCF9, 0x0E);
        assertEquals(1, events.size());
        out(0xCF9, 0);
        out(0xCF9, 0x06);
        assertEquals(2, events.size());
        assertEquals(0xFFFF_FFFFL, ports.read(0xCF8, 4), "PCI's configuration address is another's");
    }

    /** {@code acpi_hw_extended_sleep}: clear WAK_STS, then SLP_TYP and SLP_EN at once. */
    @Test
    void sleepControlPowersOff() {
        ports.add(0x600, AcpiPower.SIZE, new AcpiPower(events::add));
        out(0x601, 0x80);
        out(0x600, 0x34 & ~0x20);
        out(0x600, 3 << 2 | 0x20);
        assertEquals(List.of(), events);
        out(0x600, 0x34);
        assertEquals(List.of(PowerEvent.POWER_OFF), events);
        assertEquals(0, in(0x600));
        assertEquals(0, in(0x601));
        out(0x601, 0x34);
        assertEquals(1, events.size());
    }

    /** {@code pvpanic_send_event}. */
    @Test
    void panicIsHeard() {
        ports.add(0x505, PvPanic.SIZE, new PvPanic(events::add));
        assertEquals(3, in(0x505));
        out(0x505, 0x04);
        assertEquals(List.of(), events);
        out(0x505, 0x02);
        out(0x505, 0x01);
        assertEquals(List.of(PowerEvent.CRASH_KERNEL, PowerEvent.PANIC), events);
    }

    @Test
    void acpiEventsAreReadOnce() {
        RecordingLine line = new RecordingLine();
        AcpiEvents ged = new AcpiEvents(line);
        ports.add(0x610, 0x10, ged);
        assertEquals(0, ports.read(0x610, 4));
        ged.raise(0x1);
        ged.raise(0x8000_0000);
        assertEquals(2, line.edges());
        assertEquals(0, ports.read(0x610, 1), "a byte is no way to ask");
        assertEquals(0, ports.read(0x614, 4));
        assertEquals(0x8000_0001L, ports.read(0x610, 4));
        assertEquals(0, ports.read(0x610, 4));
        ports.write(0x610, 4, -1);
        assertEquals(0, ged.pending());
    }

    @Test
    void postCodeReadsBack() {
        PostCode post = new PostCode();
        ports.add(0x80, 1, post);
        out(0x80, 0x1AB);
        assertEquals(0xAB, in(0x80));
        assertEquals(0xAB, post.code());
    }

    @Test
    void anySequenceOfAccessesIsHarmless() {
        int[] heard = new int[1];
        PowerListener counter = event -> heard[0]++;
        I8042 keyboard = new I8042(counter);
        List<BusDevice> devices = List.of(
                keyboard.dataPort(), keyboard.commandPort(), new ResetPort(counter), new AcpiPower(counter),
                new PvPanic(counter), new AcpiEvents(new RecordingLine()), new PostCode());
        Random random = new Random(5);
        for (int step = 0; step < 100_000; step++) {
            BusDevice device = devices.get(random.nextInt(devices.size()));
            int size = 1 << random.nextInt(4);
            if (random.nextBoolean()) {
                device.read(random.nextInt(16), size);
            } else {
                device.write(random.nextInt(16), size, random.nextLong());
            }
        }
        assertTrue(heard[0] > 0);
    }
}
