package dev.jvmm.channel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Virtio slots that are filled and emptied while there is a guest. */
@Timeout(30)
class SlotOrdersTest {
    private static final int SLOT = 0x08;
    private static final int ATTACH = 0x49;
    private static final int DETACH = 0x4A;

    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final CommandSession session = new CommandSession(out, out, new CommandSession.Observer() {
        @Override
        public void slot(int slot, boolean attached, int errno) {
            heard.add(slot + (attached ? " attached " : " detached ") + errno);
        }
    });
    private final FakeGuest guest = new FakeGuest(session.port());

    private CompletableFuture<CommandResult> run(int... slots) {
        RunRequest request = new RunRequest(RunRequest.Mode.PIPES, 0, 0, "", List.of("cmd"), List.of());
        return CompletableFuture.supplyAsync(() -> {
            try {
                return session.run(GuestIdentity.random(), request, Optional.empty(), slots);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private void answer(int slot, int operation, int errno) {
        guest.send(SLOT, (byte) slot, (byte) operation, (byte) 0, (byte) 0, (byte) errno, (byte) 0, (byte) 0, (byte) 0);
    }

    private String heard() throws InterruptedException {
        return heard.poll(20, TimeUnit.SECONDS);
    }

    @Test
    void slotsOfTheFirstPieceComeBeforeTheCommand() throws Exception {
        CompletableFuture<CommandResult> run = run(0, 200);
        guest.ready();
        guest.expect(0x46);
        guest.expect(0x45);
        guest.expect(0x48);
        assertArrayEquals(new byte[]{ 0 }, guest.expect(ATTACH));
        assertArrayEquals(new byte[]{ (byte) 200 }, guest.expect(ATTACH));
        guest.expect(0x41);
        guest.expect(0x42);
        answer(0, ATTACH, 0);
        answer(200, ATTACH, 19);
        guest.send(0x02, (byte) 9, (byte) 0, (byte) 0, (byte) 0);
        guest.send(0x05, (byte) 0, (byte) 0);
        assertEquals(new CommandResult.Exited(0, 0), run.get(20, TimeUnit.SECONDS));
        assertEquals("0 attached 0", heard());
        assertEquals("200 attached 19", heard());
    }

    @Test
    void slotsComeAndGoBesideACommand() throws Exception {
        assertFalse(session.attach(1), "nobody takes orders yet");
        CompletableFuture<CommandResult> run = run();
        guest.start();
        guest.expect(0x42);
        assertTrue(session.attach(1));
        assertArrayEquals(new byte[]{ 1 }, guest.expect(ATTACH));
        assertTrue(session.detach(255));
        assertArrayEquals(new byte[]{ -1 }, guest.expect(DETACH));
        answer(255, DETACH, 5);
        answer(1, ATTACH, 0);
        assertEquals("255 detached 5", heard());
        assertEquals("1 attached 0", heard());
        guest.send(0x05, (byte) 0, (byte) 0);
        assertEquals(new CommandResult.Exited(0, 0), run.get(20, TimeUnit.SECONDS));
        assertFalse(session.attach(1));
        assertFalse(session.detach(1));
    }

    @ParameterizedTest
    @CsvSource({ "1,0x4A", "2,0x49", "1,0x48", "1,0" })
    void answersNobodyAskedForBreakTheChannel(int slot, String operation) throws Exception {
        CompletableFuture<CommandResult> run = run(1);
        guest.ready();
        answer(slot, Integer.decode(operation), 0);
        assertInstanceOf(CommandResult.Broken.class, run.get(20, TimeUnit.SECONDS));
        assertTrue(heard.isEmpty());
    }

    @Test
    void eachOrderIsAnsweredOnce() {
        SlotOrders orders = new SlotOrders();
        orders.attach(3, 3);
        Frame answer = new Frame(FrameType.SLOT, new byte[]{ 3, ATTACH, 0, 0, 0, 0, 0, 0 });
        orders.answered(answer);
        orders.answered(answer);
        assertThrows(ChannelException.class, () -> orders.answered(answer));
    }

    @Test
    void anOrderForNoSlotIsNone() {
        SlotOrders orders = new SlotOrders();
        assertThrows(IllegalArgumentException.class, () -> orders.attach(3, 256));
        Frame answer = new Frame(FrameType.SLOT, new byte[]{ 3, ATTACH, 0, 0, 0, 0, 0, 0 });
        assertThrows(ChannelException.class, () -> orders.answered(answer));
    }
}
