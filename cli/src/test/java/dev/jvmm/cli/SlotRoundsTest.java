package dev.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.assist.EmulatedHost;
import dev.jvmm.channel.ChannelSignals;
import dev.jvmm.channel.CommandResult;
import dev.jvmm.channel.CommandSession;
import dev.jvmm.channel.GuestIdentity;
import dev.jvmm.channel.RunRequest;
import dev.jvmm.device.DeviceSpec;
import dev.jvmm.guest.EmbeddedGuest;
import dev.jvmm.machine.AcpiMode;
import dev.jvmm.machine.Attachment;
import dev.jvmm.machine.DeviceSlots;
import dev.jvmm.machine.KvmMachineFactory;
import dev.jvmm.machine.Machine;
import dev.jvmm.machine.MachineConfig;
import dev.jvmm.machine.MachineListener;
import dev.jvmm.machine.SerialHost;
import dev.jvmm.testing.RequiresKvm;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Disks that come and go while the default guest works, without ACPI: its init is told over the channel. */
@RequiresKvm
@Timeout(600)
class SlotRoundsTest {
    private static final int ROUNDS = Integer.getInteger("jvmm.slots.rounds", 3);
    private static final int DISK_BYTES = 1 << 20;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /**
     * Writes and reads vda without end, and does one round on vdb for each line that it gets. Says what vdb holds from the round before.
     */
    private static final String SCRIPT = """
            (while :; do
                dd if=/dev/zero of=/dev/vda bs=64k count=4 conv=fsync 2>/dev/null || echo vda failed
                dd if=/dev/vda of=/dev/null bs=64k count=4 2>/dev/null || echo vda failed
            done) &
            mkdir -p /mnt
            echo up
            while read round; do
                [ "$round" = 0 ] && mke2fs /dev/vdb >/dev/null 2>&1
                mount -t ext2 /dev/vdb /mnt || echo no mount
                [ "$round" = 0 ] || read last < /mnt/round
                echo "$round" > /mnt/round
                umount /mnt || echo no umount
                echo "round $round after $last"
            done
            kill $!
            wait
            """;

    @TempDir
    private Path folder;

    private final Output output = new Output();
    private final Slots observer = new Slots();

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

        synchronized void await(String text) throws InterruptedException {
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (!text().contains(text)) {
                assertTrue(System.nanoTime() - end < 0, text());
                wait(1000);
            }
        }
    }

    private static final class Slots implements CommandSession.Observer {
        private volatile Optional<ChannelSignals> signals = Optional.empty();

        @Override
        public void slot(int slot, boolean attached, int errno) {
            signals.orElseThrow().slot(slot, errno);
        }
    }

    private DeviceSpec disk(String name) throws IOException {
        Path file = Files.write(folder.resolve(name), new byte[DISK_BYTES]);
        return DeviceSpec.parse("disk", "path=" + file);
    }

    private static MachineConfig config(DeviceSpec disk) {
        EmbeddedGuest files = new EmbeddedGuest();
        return MachineConfig.builder(files.kernel())
                .initrd(files.initramfs())
                .commandLine(EmbeddedGuest.commandLine(EmulatedHost.isThisOne()))
                .acpi(AcpiMode.OFF)
                .devices(List.of(disk))
                .build();
    }

    @Test
    void disksComeAndGoUnderLoad() throws Exception {
        CommandSession session = new CommandSession(output, output, observer);
        PipedOutputStream input = new PipedOutputStream();
        PipedInputStream end = new PipedInputStream(input);
        try (Machine machine = new KvmMachineFactory().create(
                config(disk("vda")), new MachineListener() {}, SerialHost.NONE, session.port())) {
            DeviceSlots slots = machine.slots().orElseThrow();
            ChannelSignals signals = new ChannelSignals(session, slots);
            observer.signals = Optional.of(signals);
            slots.tellThrough(signals);
            machine.start();
            CompletableFuture<CommandResult> result = CompletableFuture.supplyAsync(() -> run(session, end));
            output.await("up\n");
            DeviceSpec second = disk("vdb");
            for (int round = 0; round < ROUNDS; round++) {
                Attachment attachment = slots.attach(second, PATIENCE);
                assertEquals(1, attachment.slot());
                input.write((round + "\n").getBytes(StandardCharsets.US_ASCII));
                input.flush();
                output.await("round " + round + " after " + (round == 0 ? "" : round - 1) + "\n");
                slots.detach(attachment, PATIENCE);
            }
            input.close();
            assertEquals(new CommandResult.Exited(0, 0), result.get(PATIENCE.toSeconds(), TimeUnit.SECONDS),
                    output.text());
            assertEquals(ROUNDS + 1, output.text().lines().count(), output.text());
        }
    }

    private static CommandResult run(CommandSession session, PipedInputStream input) {
        RunRequest request = new RunRequest(
                RunRequest.Mode.PIPES, 0, 0, "", List.of("/bin/sh", "-c", SCRIPT), List.of());
        try {
            return session.run(GuestIdentity.random(), request, Optional.of(input));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
