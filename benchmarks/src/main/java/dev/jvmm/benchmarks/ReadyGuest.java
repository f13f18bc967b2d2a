package dev.jvmm.benchmarks;

import dev.jvmm.assist.EmulatedHost;
import dev.jvmm.channel.CommandResult;
import dev.jvmm.channel.CommandSession;
import dev.jvmm.channel.GuestIdentity;
import dev.jvmm.channel.Readiness;
import dev.jvmm.channel.RunRequest;
import dev.jvmm.guest.EmbeddedGuest;
import dev.jvmm.machine.KvmMachineFactory;
import dev.jvmm.machine.Machine;
import dev.jvmm.machine.MachineConfig;
import dev.jvmm.machine.MachineListener;
import dev.jvmm.machine.MachineSaver;
import dev.jvmm.machine.SavedMachine;
import dev.jvmm.machine.SerialHost;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.snapshot.GuestMemorySource;
import dev.jvmm.snapshot.HostIdentity;
import dev.jvmm.snapshot.Identity;
import dev.jvmm.snapshot.Snapshot;
import dev.jvmm.snapshot.SnapshotWriter;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** jvmm's own guest, whose init takes one order: booted, or a clone of one that was. As {@code jvmm boot} makes them. */
final class ReadyGuest implements AutoCloseable {
    private static final Duration READY_TIME = Duration.ofMinutes(10);

    /** For init to go to sleep after its last word. */
    private static final long SETTLE_MILLIS = 50;

    private static final CommandSession.Observer NOBODY = new CommandSession.Observer() {};
    private static final KvmMachineFactory MACHINES = new KvmMachineFactory();

    private final Machine machine;
    private final CommandSession session;

    private ReadyGuest(Machine machine, CommandSession session) {
        this.machine = machine;
        this.session = session;
    }

    /**
     * Boots one, up to where it takes orders.
     *
     * @param memory bytes
     * @param output of its command
     */
    static ReadyGuest booted(long memory, OutputStream output) throws InterruptedException {
        EmbeddedGuest files = new EmbeddedGuest();
        MachineConfig config = MachineConfig.builder(files.kernel())
                .initrd(files.initramfs())
                .commandLine(EmbeddedGuest.commandLine(EmulatedHost.isThisOne()))
                .memory(MemoryOptions.ofSize(memory))
                .build();
        CommandSession session = new CommandSession(output, System.err, NOBODY);
        Machine machine = MACHINES.create(config, new MachineListener() {}, SerialHost.NONE, session.port());
        machine.start();
        if (!(session.awaitReady(READY_TIME) instanceof Readiness.Ready)) {
            machine.close();
            throw new IllegalStateException("the guest did not come to take orders");
        }
        Thread.sleep(SETTLE_MILLIS);
        return new ReadyGuest(machine, session);
    }

    /** Saves it as it is; it runs on. */
    void save(Path folder) throws InterruptedException {
        MachineSaver saver = machine.saver().orElseThrow();
        if (!saver.pause()) {
            throw new IllegalStateException("the guest has ended");
        }
        try (SnapshotWriter writer = SnapshotWriter.create(folder)) {
            writer.memory(new GuestMemorySource(saver.memory()));
            writer.commit(here(), List.of(), saver.save());
        } finally {
            saver.resume();
        }
    }

    /** A clone of what was saved, not started yet. */
    static ReadyGuest cloned(Path folder, MachineListener listener, OutputStream output) {
        CommandSession session = CommandSession.ofReadyGuest(output, System.err, NOBODY);
        try (Snapshot snapshot = Snapshot.open(folder, here())) {
            SavedMachine saved = new SavedMachine(snapshot.records(), snapshot.takeMemory(), false);
            return new ReadyGuest(MACHINES.restore(saved, listener, SerialHost.NONE, session.port()), session);
        }
    }

    private static Identity here() {
        return new Identity(HostIdentity.facts());
    }

    /** Lets a clone go. */
    void start() {
        machine.start();
    }

    /** Runs its one command to the end. */
    void run(GuestIdentity identity, List<String> command, Optional<InputStream> input) throws InterruptedException {
        RunRequest request = new RunRequest(RunRequest.Mode.PIPES, 0, 0, "", command, List.of());
        CommandResult result = session.run(identity, request, input);
        if (!result.equals(new CommandResult.Exited(0, 0))) {
            throw new IllegalStateException(command + " in the guest: " + result);
        }
    }

    @Override
    public void close() {
        machine.close();
    }
}
