package dev.jvmm.legacy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.jvmm.bus.BusDevice;
import dev.jvmm.memory.AddressMap;
import dev.jvmm.state.StateException;
import dev.jvmm.state.StateRecord;
import dev.jvmm.state.Stateful;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every small device, saved at random moments: its copy answers as it does, and no forged record makes another exception. */
class DeviceStateTest {
    private static final int ROUNDS = 200;
    private static final int STEPS = 60;

    /** A device under test with its registers. */
    record Subject(Stateful part, List<BusDevice> registers, int size) {
        static Subject of(Stateful part, int size) {
            return new Subject(part, List.of((BusDevice) part), size);
        }

        long access(Random random) {
            BusDevice device = registers.get(random.nextInt(registers.size()));
            int width = 1 << random.nextInt(3);
            int offset = random.nextInt(size);
            if (offset + width > size) {
                width = 1;
            }
            if (random.nextBoolean()) {
                return device.read(offset, width);
            }
            device.write(offset, width, random.nextLong() & (1L << (width << 3)) - 1);
            return 0;
        }
    }

    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-22T12:34:56Z"));

    /** Named makers of devices. */
    record Kind(String name, Supplier<Subject> maker) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Kind> kinds() {
        PowerListener deaf = event -> {
        };
        return List.of(
                new Kind("CmosRtc", () -> Subject.of(new CmosRtc(CLOCK, 64 << 20, 0), CmosRtc.SIZE)),
                new Kind("I8042", () -> {
                    I8042 keyboard = new I8042(deaf);
                    return new Subject(keyboard, List.of(keyboard.dataPort(), keyboard.commandPort()), 1);
                }),
                new Kind("PostCode", () -> Subject.of(new PostCode(), 1)),
                new Kind("ResetPort", () -> Subject.of(new ResetPort(deaf), 1)),
                new Kind("AcpiPower", () -> Subject.of(new AcpiPower(deaf), AcpiPower.SIZE)),
                new Kind("PvPanic", () -> Subject.of(new PvPanic(deaf), 1)),
                new Kind("AcpiEvents", () -> {
                    AcpiEvents events = new AcpiEvents(level -> {
                    });
                    events.raise(0x8000_0003);
                    return Subject.of(events, 4);
                }),
                new Kind("AcpiSlots", () -> {
                    AcpiSlots slots = new AcpiSlots(3, new AcpiEvents(level -> {
                    }));
                    slots.fill(1);
                    slots.announce(1);
                    slots.fill(2);
                    slots.requestEject(2);
                    return Subject.of(slots, AddressMap.PORT_ACPI_SLOTS_SIZE);
                }),
                new Kind("Uart16550", () -> Subject.of(
                        new Uart16550(level -> {
                        }, SerialPeer.NONE), Uart16550.SIZE)));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aCopyAnswersAsTheOriginal(Kind kind) {
        for (int seed = 0; seed < ROUNDS; seed++) {
            Random before = new Random(seed);
            Subject original = kind.maker().get();
            for (int i = before.nextInt(STEPS); i > 0; i--) {
                original.access(before);
            }
            StateRecord record = StateRecord.of("it", original.part());
            assertEquals(record, StateRecord.of("it", original.part()), "saving changes nothing");
            Subject copy = kind.maker().get();
            record.restore(copy.part());
            assertEquals(record, StateRecord.of("it", copy.part()));
            Random one = new Random(-seed);
            Random other = new Random(-seed);
            for (int i = 0; i < STEPS; i++) {
                assertEquals(original.access(one), copy.access(other), "seed " + seed + " step " + i);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void forgedRecordsAreRefusedOrMakeALegalDevice(Kind kind) {
        for (int seed = 0; seed < ROUNDS; seed++) {
            Random random = new Random(seed);
            Subject original = kind.maker().get();
            for (int i = 0; i < STEPS; i++) {
                original.access(random);
            }
            StateRecord record = StateRecord.of("it", original.part());
            for (int length = 0; length < record.bytes().length; length++) {
                StateRecord cut = new StateRecord("it", record.version(), Arrays.copyOf(record.bytes(), length));
                assertThrows(StateException.class, () -> cut.restore(kind.maker().get().part()));
            }
            byte[] longer = Arrays.copyOf(record.bytes(), record.bytes().length + 1);
            assertThrows(StateException.class,
                    () -> new StateRecord("it", record.version(), longer).restore(kind.maker().get().part()));
            assertThrows(StateException.class, () -> new StateRecord("it", record.version() + 1, record.bytes())
                    .restore(kind.maker().get().part()));
            mutate(kind, record, random);
        }
    }

    private static void mutate(Kind kind, StateRecord record, Random random) {
        byte[] bytes = record.bytes().clone();
        for (int i = 0; bytes.length > 0 && i <= random.nextInt(4); i++) {
            bytes[random.nextInt(bytes.length)] = (byte) (random.nextBoolean() ? random.nextInt() : 0xFF);
        }
        Subject victim = kind.maker().get();
        try {
            new StateRecord("it", record.version(), bytes).restore(victim.part());
        } catch (StateException e) {
            return;
        }
        for (int i = 0; i < STEPS; i++) {
            victim.access(random);
        }
        StateRecord.of("it", victim.part()).restore(kind.maker().get().part());
    }

    /** A UART with both its ends. */
    private static final class Serial {
        final RecordingPeer peer = new RecordingPeer();
        final RecordingLine line = new RecordingLine();
        final Uart16550 uart = new Uart16550(line, peer);
        final Subject subject = Subject.of(uart, Uart16550.SIZE);

        /** One thing that the guest or the host does. */
        long step(Random random) {
            switch (random.nextInt(6)) {
                case 0 :
                    byte[] bytes = new byte[random.nextInt(40)];
                    random.nextBytes(bytes);
                    return uart.offer(java.nio.ByteBuffer.wrap(bytes));
                case 1 :
                    peer.appetite(random.nextInt(3) == 0 ? Integer.MAX_VALUE : random.nextInt(20));
                    return 0;
                case 2 :
                    if (random.nextInt(8) == 0) {
                        uart.sendBreak();
                    }
                    return 0;
                case 3 :
                    uart.flush();
                    return 0;
                case 4 :
                    uart.write(0, 1, random.nextInt(256));
                    return 0;
                default :
                    return subject.access(random);
            }
        }
    }

    @Test
    void aRestoredSerialPortLosesAndDoublesNothing() {
        for (int seed = 0; seed < ROUNDS; seed++) {
            Random before = new Random(seed);
            Serial original = new Serial();
            original.peer.appetite(0);
            for (int i = before.nextInt(400); i > 0; i--) {
                original.step(before);
            }
            original.peer.appetite(0);
            StateRecord record = StateRecord.of("com1", original.uart);
            int had = original.peer.bytes().length;
            Serial copy = new Serial();
            copy.peer.appetite(0);
            if (original.line.up()) {
                copy.line.set(true);
            }
            record.restore(copy.uart);
            Random one = new Random(-seed);
            Random other = new Random(-seed);
            for (int i = 0; i < STEPS; i++) {
                assertEquals(original.step(one), copy.step(other), "seed " + seed + " step " + i);
                assertEquals(original.line.up(), copy.line.up(), "seed " + seed + " step " + i);
            }
            original.peer.appetite(Integer.MAX_VALUE);
            copy.peer.appetite(Integer.MAX_VALUE);
            assertEquals(0, original.uart.drain(0));
            assertEquals(0, copy.uart.drain(0));
            byte[] all = original.peer.bytes();
            assertArrayEquals(Arrays.copyOfRange(all, had, all.length), copy.peer.bytes(), "seed " + seed);
        }
    }

    @Test
    void aBusyTransmitterStaysBusyUntilItsBytesAreTaken() {
        Serial original = new Serial();
        original.peer.appetite(0);
        for (int i = 0; i < SerialOutput.HIGH_MARK + 1; i++) {
            original.uart.write(0, 1, i & 0xFF);
        }
        assertEquals(0, original.uart.read(5, 1));
        StateRecord record = StateRecord.of("com1", original.uart);
        Serial copy = new Serial();
        record.restore(copy.uart);
        assertEquals(0, copy.uart.read(5, 1));
        copy.uart.flush();
        assertEquals(Uart16550.LSR_THRE | Uart16550.LSR_TEMT, copy.uart.read(5, 1));
        assertEquals(SerialOutput.HIGH_MARK + 1, copy.peer.bytes().length);
    }

    @Test
    void rangesAreChecked() {
        List<Function<byte[], byte[]>> forgeries = new ArrayList<>();
        forgeries.add(bytes -> at(bytes, 0, 0x10)); // IER
        forgeries.add(bytes -> at(bytes, 8, 0x81)); // more output than the ring holds
        byte[] good = StateRecord.of("com1", new Serial().uart).bytes();
        new StateRecord("com1", 1, good).restore(new Serial().uart);
        for (Function<byte[], byte[]> forgery : forgeries) {
            StateRecord bad = new StateRecord("com1", 1, forgery.apply(good.clone()));
            StateException refused = assertThrows(StateException.class, () -> bad.restore(new Serial().uart));
            assertEquals(true, refused.getMessage().contains("com1"), refused.getMessage());
        }
    }

    private static byte[] at(byte[] bytes, int index, int value) {
        bytes[index] = (byte) value;
        return bytes;
    }
}
