package dev.jvmm.channel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameTest {
    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits.replace(" ", ""));
    }

    @Test
    void encodesAsTheContractHasIt() {
        assertArrayEquals(hex("43010000 0f"), Frame.signal(15).bytes());
        assertArrayEquals(hex("44040000 3200 8400"), Frame.resize(50, 132).bytes());
        assertArrayEquals(hex("45080000 0807060504030201"), Frame.clock(0x0102030405060708L).bytes());
        assertArrayEquals(hex("42000000"), Frame.endOfInput().bytes());
        assertArrayEquals(hex("42020000 6263"), Frame.stdin("abcd".getBytes(), 1, 2).bytes());
        assertArrayEquals(hex("47000000"), Frame.powerOff().bytes());
        assertArrayEquals(hex("49010000 ff"), Frame.attach(255).bytes());
        assertArrayEquals(hex("4a010000 00"), Frame.detach(0).bytes());
        assertThrows(IllegalArgumentException.class, () -> Frame.attach(256));
        assertThrows(IllegalArgumentException.class, () -> Frame.detach(-1));
    }

    @Test
    void anIdentityIsItsIdAndItsName() {
        String id = "00ff0123456789abcdef0123456789ab";
        assertArrayEquals(hex("48100000" + id), Frame.identity(new GuestIdentity(id, "")).bytes());
        assertArrayEquals(hex("48130000" + id + "612d42"), Frame.identity(new GuestIdentity(id, "a-B")).bytes());
        assertEquals("jvmm-00ff0123", new GuestIdentity(id, "").name());
        assertEquals("a-B", new GuestIdentity(id, "a-B").name());
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            assertTrue(seen.add(GuestIdentity.random().machineId()));
        }
        assertEquals("web", GuestIdentity.named("web").name());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00ff0123456789abcdef0123456789a,",
                "00ff0123456789abcdef0123456789abc,",
                "00FF0123456789abcdef0123456789ab,",
                "00000000000000000000000000000000,",
                "00ff0123456789abcdef0123456789ab,two words",
                "00ff0123456789abcdef0123456789ab,x\n",
                "00ff0123456789abcdef0123456789ab,\u00e9",
                "00ff0123456789abcdef0123456789ab,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            })
    void refusesNamesThatAreNone(String both) {
        String[] parts = both.split(",", 2);
        assertThrows(IllegalArgumentException.class, () -> new GuestIdentity(parts[0], parts[1]));
    }

    @Test
    void aCommandIsItsWordsInOrder() {
        RunRequest request = new RunRequest(RunRequest.Mode.CONSOLE, 24, 80, "", List.of("sh", "-c", "é"),
                List.of("A=1", "B="));
        assertArrayEquals(
                hex("411d0000 01000000 1800 5000 0300 0200 00 736800 2d6300 c3a900 413d3100 423d00"),
                request.frame().bytes());
    }

    @Test
    void refusesCommandsThatTheWireCanNotCarry() {
        assertThrows(ChannelException.class, () -> run("a\0b").frame());
        assertThrows(ChannelException.class, () -> run("x".repeat(Frame.RUN_MAX)).frame());
        run("x".repeat(Frame.RUN_MAX - 14)).frame();
        assertThrows(IllegalArgumentException.class, this::run);
    }

    private RunRequest run(String... words) {
        return new RunRequest(RunRequest.Mode.PIPES, 0, 0, "", List.of(words), List.of());
    }

    @Test
    void decodesWhateverTheCut() {
        byte[] wire = hex(
                "01040000 02000000  03000000  04030000 616263  05020000 0700");
        for (int cut = 1; cut <= wire.length; cut++) {
            FrameDecoder decoder = new FrameDecoder();
            StringBuilder types = new StringBuilder();
            for (int at = 0; at < wire.length; at += cut) {
                ByteBuffer part = ByteBuffer.wrap(wire, at, Math.min(cut, wire.length - at));
                for (Optional<Frame> f = decoder.next(part); f.isPresent(); f = decoder.next(part)) {
                    types.append(f.get().type()).append(f.get().payload().length).append(' ');
                }
                assertEquals(0, part.remaining());
            }
            assertEquals("READY4 STDOUT0 STDERR3 EXITED2 ", types.toString(), "cut " + cut);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00000000",
                "08000000",
                "08070000",
                "08090000",
                "09080000",
                "410c0000",
                "48100000",
                "49010000",
                "ff000000",
                "01000000",
                "01030000",
                "01050000",
                "02030000",
                "03011000",
                "03ffffff",
                "03000080",
                "04011000",
                "05010000",
                "05030000",
                "06030000",
                "06011000",
                "07000000",
                "07080000"
            })
    void refusesBadHeadersAndStaysBroken(String digits) {
        FrameDecoder decoder = new FrameDecoder();
        assertThrows(ChannelException.class, () -> decoder.next(ByteBuffer.wrap(hex(digits))));
        assertThrows(ChannelException.class, () -> decoder.next(ByteBuffer.wrap(hex("03000000"))));
    }

    /** Any bytes give frames within their bounds or one exception, never another failure, and no more memory than one frame. */
    @Test
    void survivesRandomBytes() {
        Random random = new Random(42);
        for (int round = 0; round < 20_000; round++) {
            byte[] wire = new byte[random.nextInt(1, 64)];
            random.nextBytes(wire);
            if (random.nextBoolean()) {
                Arrays.fill(wire, Math.min(2, wire.length), Math.min(4, wire.length), (byte) 0);
                wire[0] = (byte) random.nextInt(10);
            }
            FrameDecoder decoder = new FrameDecoder();
            ByteBuffer source = ByteBuffer.wrap(wire);
            try {
                for (Optional<Frame> f = decoder.next(source); f.isPresent(); f = decoder.next(source)) {
                    assertTrue(f.get().type().fromGuest() && f.get().payload().length <= Frame.DATA_MAX);
                }
                assertEquals(0, source.remaining());
            } catch (ChannelException expected) {
                assertTrue(expected.getMessage().contains("guest"), expected.getMessage());
            }
        }
    }

    @Test
    void aGuestsWordsCanNotDriveATerminal() {
        byte[] payload = hex("02000000 6e6f1b5b324a0a");
        assertEquals("no?[2J?", new Frame(FrameType.FAILED, payload).text(4));
    }
}
