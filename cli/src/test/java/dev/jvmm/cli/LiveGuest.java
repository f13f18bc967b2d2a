package dev.jvmm.cli;

import dev.jvmm.assist.EmulatedHost;
import dev.jvmm.channel.ChannelSignals;
import dev.jvmm.channel.CommandResult;
import dev.jvmm.channel.CommandSession;
import dev.jvmm.channel.GuestIdentity;
import dev.jvmm.channel.RunRequest;
import dev.jvmm.device.DeviceSpec;
import dev.jvmm.guest.EmbeddedGuest;
import dev.jvmm.machine.AcpiMode;
import dev.jvmm.machine.DeviceSlots;
import dev.jvmm.machine.KvmMachineFactory;
import dev.jvmm.machine.Machine;
import dev.jvmm.machine.MachineConfig;
import dev.jvmm.machine.MachineListener;
import dev.jvmm.machine.SerialHost;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The default guest in this process, without ACPI, while it runs a script that talks with the test over its input and output. */
final class LiveGuest implements AutoCloseable {
    /** Longer than anything takes, on hosts that emulate and are busy besides. */
    static final Duration PATIENCE = Duration.ofMinutes(4);

    private final Output output = new Output();
    private final PipedOutputStream input = new PipedOutputStream();
    private final CommandSession session = new CommandSession(output, output, new Slots());
    private final Machine machine;
    private final ChannelSignals signals;
    private final CompletableFuture<CommandResult> result;

    /** Boots it with these devices in its first slots. */
    LiveGuest(List<DeviceSpec> devices, String script) throws IOException {
        EmbeddedGuest files = new EmbeddedGuest();
        MachineConfig config = MachineConfig.builder(files.kernel())
                .initrd(files.initramfs())
                .commandLine(EmbeddedGuest.commandLine(EmulatedHost.isThisOne()))
                .acpi(AcpiMode.OFF)
                .devices(devices)
                .build();
        PipedInputStream end = new PipedInputStream(input);
        machine = new KvmMachineFactory().create(config, new MachineListener() {}, SerialHost.NONE, session.port());
        signals = new ChannelSignals(session, slots());
        slots().tellThrough(signals);
        machine.start();
        result = CompletableFuture.supplyAsync(() -> run(script, end));
    }

    private final class Slots implements CommandSession.Observer {
        @Override
        public void slot(int slot, boolean attached, int errno) {
            signals.slot(slot, errno);
        }
    }

    /** What the guest says, for who waits for it. */
    private static final class Output extends OutputStream {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public synchronized void write(int value) {
            bytes.write(value);
        }

        @Override
        public synchronized void flush() {
            notifyAll();
        }

        synchronized String text() {
            return bytes.toString(StandardCharsets.US_ASCII);
        }

        /** Waits for the start, and then for the end behind it; returns all from the start on. */
        synchronized String await(String start, String end) throws InterruptedException {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (true) {
                int at = text().indexOf(start);
                if (at >= 0 && text().indexOf(end, at + start.length()) >= 0) {
                    return text().substring(at);
                }
                if (System.nanoTime() - deadline >= 0) {
                    throw new AssertionError("no \"" + start + "\" in: " + text());
                }
                wait(1000);
            }
        }
    }

    private CommandResult run(String script, PipedInputStream end) {
        RunRequest request = new RunRequest(
                RunRequest.Mode.PIPES, 0, 0, "", List.of("/bin/sh", "-c", script), List.of());
        try {
            return session.run(GuestIdentity.random(), request, Optional.of(end));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    DeviceSlots slots() {
        return machine.slots().orElseThrow();
    }

    /** All that the script has said. */
    String said() {
        return output.text();
    }

    /** Waits until the script has said this. */
    void await(String text) throws InterruptedException {
        output.await(text, "");
    }

    /** Waits for a whole line that begins so, and returns it. */
    String awaitLine(String start) throws InterruptedException {
        return output.await(start, "\n").lines().findFirst().orElseThrow();
    }

    /** Gives the script a line to read. */
    void send(String line) throws IOException {
        input.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        input.flush();
    }

    /** Ends the script's input and waits for its end. */
    CommandResult finish() throws Exception {
        input.close();
        return result.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        machine.close();
    }
}
