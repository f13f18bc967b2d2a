package dev.jvmm.channel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class CommandSessionTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private CommandSession session = new CommandSession(out, err, new CommandSession.Observer() {});
    private FakeGuest guest = new FakeGuest(session.port());

    private CompletableFuture<CommandResult> run(Optional<InputStream> input) {
        RunRequest request = new RunRequest(RunRequest.Mode.PIPES, 0, 0, "", List.of("cmd"), List.of());
        return CompletableFuture.supplyAsync(() -> {
            try {
                return session.run(request, input);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static CommandResult await(CompletableFuture<CommandResult> run) throws Exception {
        return run.get(20, TimeUnit.SECONDS);
    }

    @Test
    void carriesOutputAndTheExitCode() throws Exception {
        CompletableFuture<CommandResult> run = run(Optional.empty());
        guest.start();
        assertEquals(0, guest.expect(0x42).length, "without input the command's input is empty");
        guest.send(0x03, "hello ".getBytes());
        guest.send(0x04, "oops".getBytes());
        guest.send(0x03, "world".getBytes());
        guest.send(0x05, (byte) 200, (byte) 0);
        assertEquals(new CommandResult.Exited(200, 0), await(run));
        assertEquals("hello world", out.toString());
        assertEquals("oops", err.toString());
    }

    @Test
    void inputFlowsWithinTheCreditAndArrivesWhole() throws Exception {
        byte[] input = new byte[100_000];
        new Random(1).nextBytes(input);
        CompletableFuture<CommandResult> run = run(Optional.of(new ByteArrayInputStream(input)));
        guest.start();
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        int uncredited = 0;
        for (byte[] part = guest.expect(0x42); part.length > 0; part = guest.expect(0x42)) {
            got.writeBytes(part);
            uncredited += part.length;
            assertTrue(uncredited <= 16384, "more input under way than allowed");
            if (uncredited == 16384) {
                guest.send(0x07, (byte) 0, (byte) 0x40, (byte) 0, (byte) 0);
                uncredited = 0;
            }
        }
        assertArrayEquals(input, got.toByteArray());
        guest.send(0x05, (byte) 0, (byte) 0);
        assertEquals(new CommandResult.Exited(0, 0), await(run));
    }

    @Test
    void signalsAndSizesReachTheCommandOnlyWhileThereIsOne() throws Exception {
        assertFalse(session.signal(2));
        session.resize(1, 1);
        CompletableFuture<CommandResult> run = run(Optional.of(blocked()));
        CompletableFuture<Void> started = new CompletableFuture<>();
        guest.start();
        guest.send(0x03, "x".getBytes());
        while (out.size() == 0) {
            started.completeOnTimeout(null, 5, TimeUnit.MILLISECONDS).join();
        }
        assertTrue(session.signal(15));
        assertArrayEquals(new byte[]{ 15 }, guest.expect(0x43));
        session.resize(50, 132);
        assertArrayEquals(new byte[]{ 50, 0, (byte) 132, 0 }, guest.expect(0x44));
        guest.send(0x05, (byte) 0, (byte) 15);
        assertEquals(new CommandResult.Exited(0, 15), await(run));
        assertFalse(session.signal(15));
    }

    private static InputStream blocked() {
        return new InputStream() {
            @Override
            public synchronized int read() throws IOException {
                try {
                    wait();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                return -1;
            }
        };
    }

    @Test
    void aCommandThatCanNotStartSaysWhy() throws Exception {
        CompletableFuture<CommandResult> run = run(Optional.empty());
        guest.ready();
        assertEquals(32, guest.expect(0x46).length);
        guest.expect(0x45);
        assertEquals(16, guest.expect(0x48).length);
        guest.expect(0x41);
        guest.send(0x06, "\2\0\0\0/bin/nope: not found".getBytes());
        assertEquals(new CommandResult.NotStarted(2, "/bin/nope: not found"), await(run));
    }

    @Test
    void aReaderThatGoesAwayIsABrokenPipeToTheCommand() throws Exception {
        session = new CommandSession(closed(), err, new CommandSession.Observer() {});
        guest = new FakeGuest(session.port());
        CompletableFuture<CommandResult> run = run(Optional.of(blocked()));
        guest.start();
        guest.send(0x03, "x".getBytes());
        assertArrayEquals(new byte[]{ 13 }, guest.expect(0x43));
        guest.send(0x03, "still talking".getBytes());
        guest.send(0x05, (byte) 0, (byte) 13);
        assertEquals(new CommandResult.Exited(0, 13), await(run));
    }

    private static OutputStream closed() {
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
    }

    @Test
    void theMachinesEndIsTheSessionsEnd() throws Exception {
        CompletableFuture<CommandResult> early = run(Optional.empty());
        session.port().disconnect();
        assertEquals(new CommandResult.MachineEnded(), await(early));
    }

    @Test
    void outputBeforeTheMachinesEndIsDelivered() throws Exception {
        CompletableFuture<CommandResult> run = run(Optional.empty());
        guest.start();
        guest.send(0x03, "last words".getBytes());
        session.port().disconnect();
        assertEquals(new CommandResult.MachineEnded(), await(run));
        assertEquals("last words", out.toString());
    }

    private static byte[] payload(int type) {
        return switch (type) {
            case 0x05 -> new byte[2];
            case 0x08 -> new byte[]{ 0, 0x49, 0, 0, 0, 0, 0, 0 };
            default -> new byte[]{ 1, 0, 0, 0 };
        };
    }

    @ParameterizedTest
    @ValueSource(ints = { 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x41, 0x48, 0x49, 0x99 })
    void framesOutOfTurnBreakTheChannel(int type) throws Exception {
        CompletableFuture<CommandResult> run = run(Optional.empty());
        guest.send(type, payload(type));
        assertInstanceOf(CommandResult.Broken.class, await(run));
    }

    @ParameterizedTest
    @ValueSource(ints = { 0x01, 0x02, 0x06 })
    void framesOfTheStartBreakARunningCommand(int type) throws Exception {
        CompletableFuture<CommandResult> run = run(Optional.empty());
        guest.start();
        guest.send(type, type == 0x01 ? new byte[]{ 2, 0, 0, 0 } : payload(type));
        assertInstanceOf(CommandResult.Broken.class, await(run));
    }

    /** A clone's init has said already that it is ready: one that says so again is not the guest that was saved. */
    @ParameterizedTest
    @ValueSource(ints = { 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x46, 0x99 })
    void framesOutOfTurnBreakAClonesChannel(int type) throws Exception {
        cloned();
        guest.send(type, type == 0x01 ? new byte[]{ 2, 0, 0, 0 } : payload(type));
        while (!(session.awaitReady(Duration.ZERO) instanceof Readiness.Ended)) {
            Thread.onSpinWait();
        }
        assertInstanceOf(CommandResult.Broken.class, await(run(Optional.empty())));
    }

    private void cloned() {
        session = CommandSession.ofReadyGuest(out, err, new CommandSession.Observer() {});
        guest = new FakeGuest(session.port());
    }

    @Test
    void aCloneGetsTheSameOrdersWithoutSayingThatItIsReady() throws Exception {
        cloned();
        assertEquals(new Readiness.Ready(), session.awaitReady(Duration.ZERO));
        CompletableFuture<CommandResult> run = run(Optional.empty());
        guest.startReady();
        assertEquals(0, guest.expect(0x42).length);
        guest.send(0x03, "here".getBytes());
        guest.send(0x05, (byte) 3, (byte) 0);
        assertEquals(new CommandResult.Exited(3, 0), await(run));
        assertEquals("here", out.toString());
    }

    @Test
    void eachGuestIsSomeoneElse() throws Exception {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            cloned();
            CompletableFuture<CommandResult> run = run(Optional.empty());
            assertTrue(seen.add(HexFormat.of().formatHex(guest.expect(0x46))), "randomness");
            ByteBuffer clock = ByteBuffer.wrap(guest.expect(0x45)).order(ByteOrder.LITTLE_ENDIAN);
            long seconds = clock.getLong() / 1_000_000_000;
            assertTrue(Math.abs(seconds - Instant.now().getEpochSecond()) < 60, () -> "clock: " + seconds);
            assertTrue(seen.add(HexFormat.of().formatHex(guest.expect(0x48))), "identity");
            session.port().disconnect();
            await(run);
        }
    }

    @Test
    void waitingForTheGuestGivesNoOrders() throws Exception {
        assertEquals(new Readiness.TimedOut(), session.awaitReady(Duration.ofMillis(1)));
        guest.ready();
        assertEquals(new Readiness.Ready(), session.awaitReady(Duration.ofSeconds(20)));
        assertEquals(0, guest.received(), "bytes sent");
        session.port().disconnect();
        while (session.awaitReady(Duration.ZERO) instanceof Readiness.Ready) {
            Thread.onSpinWait();
        }
        assertEquals(new Readiness.Ended(new CommandResult.MachineEnded()), session.awaitReady(Duration.ZERO));
    }

    @Test
    void otherVersionsAreNamed() throws Exception {
        CompletableFuture<CommandResult> run = run(Optional.empty());
        guest.send(0x01, (byte) 3, (byte) 0, (byte) 0, (byte) 0);
        assertTrue(await(run) instanceof CommandResult.Broken broken && broken.message().contains("version 3"));
    }

    /** Whose headers had eight bytes. */
    @Test
    void theFirstVersionIsNamed() throws Exception {
        CompletableFuture<CommandResult> run = run(Optional.empty());
        guest.sendRaw(HexFormat.of().parseHex("010000000400000001000000"));
        assertTrue(await(run) instanceof CommandResult.Broken broken && broken.message().contains("version 1"));
    }

    @Test
    void creditThatWasNeverUsedBreaksTheChannel() throws Exception {
        CompletableFuture<CommandResult> run = run(Optional.empty());
        guest.start();
        guest.send(0x07, (byte) 1, (byte) 0, (byte) 0, (byte) 0);
        assertInstanceOf(CommandResult.Broken.class, await(run));
    }

    /** Whatever a guest sends instead of the protocol, the session ends with a result and holds no vCPU. */
    @Test
    void survivesRandomStreams() throws Exception {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            session = new CommandSession(out, err, new CommandSession.Observer() {});
            guest = new FakeGuest(session.port());
            CompletableFuture<CommandResult> run = run(Optional.empty());
            if (random.nextBoolean()) {
                guest.start();
            }
            byte[] noise = new byte[random.nextInt(200_000)];
            random.nextBytes(noise);
            guest.sendRaw(noise);
            session.port().disconnect();
            await(run);
        }
    }
}
