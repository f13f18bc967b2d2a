package dev.jvmm.channel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.irq.InterruptLine;
import dev.jvmm.legacy.SerialPeer;
import dev.jvmm.legacy.Uart16550;
import dev.jvmm.machine.SerialGuest;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With a real UART on the guest's side: what the guest wrote arrives, whole, in order and in good time. */
@Timeout(30)
class GuestOutputTest {
    private final GuestOutput output = new GuestOutput(false);
    private final Uart16550 uart = new Uart16550(InterruptLine.NONE, new SerialPeer() {
        @Override
        public void output(ByteBuffer bytes) {
            output.fromGuest(bytes);
        }

        @Override
        public void outputPending() {
            output.pending();
        }

        @Override
        public void outputComplete() {
            output.complete();
        }
    });

    GuestOutputTest() {
        output.connect(new SerialGuest() {
            @Override
            public int toGuest(byte[] bytes, int offset, int length) {
                return 0;
            }

            @Override
            public int flush() {
                return uart.flush();
            }
        });
    }

    private void write(byte[] bytes) {
        for (byte value : bytes) {
            uart.write(0, 1, value & 0xFF);
        }
    }

    private byte[] takeAll(int chunk) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] part = new byte[chunk];
        for (int count = output.take(part); count >= 0; count = output.take(part)) {
            all.write(part, 0, count);
        }
        return all.toByteArray();
    }

    private void end() {
        uart.mayWait(false);
        uart.flush();
        output.end();
    }

    @Test
    void aPromptWithoutANewlineArrivesByItself() throws Exception {
        CompletableFuture<Integer> taken = CompletableFuture.supplyAsync(() -> output.take(new byte[100]));
        write("$".getBytes());
        assertEquals(1, taken.get(20, TimeUnit.SECONDS));
    }

    @Test
    void aLotOfOutputArrivesWhole() throws Exception {
        byte[] text = new byte[1_000_000];
        new Random(3).nextBytes(text);
        CompletableFuture<byte[]> all = CompletableFuture.supplyAsync(() -> takeAll(4096));
        write(text);
        end();
        assertArrayEquals(text, all.get(20, TimeUnit.SECONDS));
    }

    /** Nobody reads before the end: what lies in the queue and what lies in the port is all delivered. */
    @Test
    void theLastBytesAreInThePortWhenTheMachineEnds() {
        byte[] text = new byte[80_000];
        new Random(4).nextBytes(text);
        write(text);
        end();
        assertArrayEquals(text, takeAll(1000));
        assertEquals(-1, output.take(new byte[1]));
        write(new byte[100_000]);
        assertEquals(0, uart.drain(0), "what comes afterwards is dropped and holds nobody up");
    }

    /** One at a time, with an end of transmission after each: no byte waits for the next. */
    @Test
    void repliesComeWithoutMore() throws Exception {
        List<Integer> counts = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            CompletableFuture<Integer> taken = CompletableFuture.supplyAsync(() -> output.take(new byte[100]));
            write("ab".getBytes());
            uart.write(1, 1, 0);
            int count = taken.get(20, TimeUnit.SECONDS);
            counts.add(count == 1 ? 1 + output.take(new byte[100]) : count);
        }
        assertTrue(counts.stream().allMatch(count -> count == 2), counts::toString);
    }

    @Test
    void anInterruptedReaderIsTheEnd() {
        Thread.currentThread().interrupt();
        assertEquals(-1, output.take(new byte[1]));
        assertTrue(Thread.interrupted());
    }
}
