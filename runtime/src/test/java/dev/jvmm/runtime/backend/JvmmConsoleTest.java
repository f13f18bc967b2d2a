package dev.jvmm.runtime.backend;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
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
            console.fromGuest((byte) i);
        }
        console.disconnect();
        byte[] all = console.streams().output().readAllBytes();
        assertEquals(10_000, all.length);
        assertEquals((byte) 9_999, all[9_999]);
        assertEquals(-1, console.streams().output().read());
    }

    @Test
    void theGuestIsHeldBackAndLetGoAtTheEnd() throws Exception {
        Thread guest = new Thread(() -> {
            for (int i = 0; i < 200_000; i++) {
                console.fromGuest((byte) 'x');
            }
        });
        guest.start();
        assertEquals(1000, console.streams().output().readNBytes(1000).length);
        console.disconnect();
        guest.join();
        int left = console.streams().output().readAllBytes().length;
        assertTrue(left <= 64 << 10, () -> left + " bytes were kept");
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
