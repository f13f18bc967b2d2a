package dev.jvmm.runtime.backend;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.machine.SerialGuest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class JvmmConsoleTest {
    private final JvmmConsole console = new JvmmConsole();
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();

    /** A guest that takes at most {@code room} bytes at a time, and makes room again at once. */
    private void connect(int room) {
        console.connect((bytes, offset, length) -> {
            int taken = Math.min(room, length);
            received.write(bytes, offset, taken);
            console.guestCanReceive();
            return taken;
        });
    }

    @Test
    void outputIsReadInOrderAndEnds() throws IOException {
        for (int i = 0; i < 10_000; i++) {
            console.fromGuest(ByteBuffer.wrap(new byte[]{ (byte) i }));
        }
        console.disconnect();
        byte[] all = console.streams().output().readAllBytes();
        assertEquals(10_000, all.length);
        assertEquals((byte) 9_999, all[9_999]);
        assertEquals(-1, console.streams().output().read());
    }

    @Test
    void theGuestIsHeldBackAndLetGoAtTheEnd() throws Exception {
        ByteBuffer wire = ByteBuffer.allocate(200_000);
        console.connect(new SerialGuest() {
            @Override
            public int toGuest(byte[] bytes, int offset, int length) {
                return 0;
            }

            @Override
            public int flush() {
                console.fromGuest(wire);
                return wire.remaining();
            }
        });
        console.fromGuest(wire);
        assertEquals(200_000 - (64 << 10), wire.remaining(), "more is kept than there is room for");
        assertEquals(100_000, console.streams().output().readNBytes(100_000).length);
        console.disconnect();
        assertEquals(100_000, console.streams().output().readAllBytes().length);
        ByteBuffer late = ByteBuffer.allocate(1);
        console.fromGuest(late);
        assertEquals(0, late.remaining());
    }

    @Test
    void inputGoesInPiecesAsTheGuestTakesIt() throws IOException {
        connect(3);
        byte[] text = "more than three bytes".getBytes(US_ASCII);
        console.streams().input().write(text);
        console.streams().input().write('!');
        assertArrayEquals("more than three bytes!".getBytes(US_ASCII), received.toByteArray());
    }

    @Test
    void inputWaitsForRoomAndFailsAtTheEnd() throws Exception {
        console.connect((bytes, offset, length) -> 0);
        CompletableFuture<String> result = new CompletableFuture<>();
        Thread writer = new Thread(() -> {
            try {
                console.streams().input().write(1);
                result.complete("written");
            } catch (IOException e) {
                result.complete(e.getMessage());
            }
        });
        writer.start();
        console.guestCanReceive();
        console.disconnect();
        assertEquals("the guest has ended", result.get());
        assertThrows(IOException.class, () -> console.streams().input().write(1));
    }

    @Test
    void aWaitForRoomCanBeInterrupted() {
        console.connect((bytes, offset, length) -> 0);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedIOException.class, () -> console.streams().input().write(1));
        assertTrue(Thread.interrupted());
    }
}
