package dev.jvmm.cli;

import dev.jvmm.machine.KvmMachineFactory;
import dev.jvmm.machine.Machine;
import dev.jvmm.machine.MachineConfig;
import dev.jvmm.machine.MachineListener;
import dev.jvmm.machine.MachineSaver;
import dev.jvmm.machine.SavedMachine;
import dev.jvmm.machine.SerialHost;
import dev.jvmm.snapshot.Fact;
import dev.jvmm.snapshot.GuestMemorySource;
import dev.jvmm.snapshot.Identity;
import dev.jvmm.snapshot.Snapshot;
import dev.jvmm.snapshot.SnapshotWriter;
import dev.jvmm.state.StateRecord;
import dev.jvmm.vm.Outcome;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Saves a working guest to files again and again, each time ends it, and goes on with a new machine that is made of the files. The guest is
 * {@code guest-kernel/selftest/soak.c}.
 */
final class SnapshotRounds {
    private static final long UP_MILLIS = 240_000;
    private static final int LEFT = 4096;
    private static final MachineListener NOBODY = new MachineListener() {};

    private final KvmMachineFactory machines = new KvmMachineFactory();
    private final Identity identity = new Identity(List.of(new Fact("test", "rounds")));
    private final TextConsole console = new TextConsole();
    private final Path folder;
    private int done;

    /** Snapshots go into the folder one at a time, and the last one stays there. */
    SnapshotRounds(Path folder) {
        this.folder = folder;
    }

    /** Rounds that were done before the guest had finished. */
    int done() {
        return done;
    }

    /** All that the guest said, on whatever machine. */
    String output() {
        return console.text();
    }

    /** Boots the guest, moves it {@code rounds} times after running it so long, and lets it finish. */
    Outcome run(MachineConfig config, int rounds, long sliceMillis, long finishMillis) throws Exception {
        Machine machine = machines.create(config, NOBODY, console, SerialHost.NONE);
        try {
            machine.start();
            if (!console.await("tick 1", UP_MILLIS)) {
                throw new AssertionError("the guest did not come up:\n" + output());
            }
            for (int round = 0; round < rounds; round++) {
                Thread.sleep(sliceMillis);
                if (output().contains("soak:")) {
                    break;
                }
                machine = move(machine);
                done++;
            }
            Machine last = machine;
            return CompletableFuture.supplyAsync(() -> end(last)).get(finishMillis, TimeUnit.MILLISECONDS);
        } finally {
            machine.close();
        }
    }

    private static Outcome end(Machine machine) {
        try {
            return machine.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Goes on from the last round's files on one more machine, and cuts its memory file short. */
    Outcome cutShort(long endMillis) throws Exception {
        Path memory = folder.resolve("round").resolve("memory");
        try (Snapshot snapshot = Snapshot.open(folder.resolve("round"), identity);
                Machine machine = machines.restore(
                        new SavedMachine(snapshot.records(), snapshot.takeMemory(), false), NOBODY, new TextConsole(),
                        SerialHost.NONE);
                FileChannel channel = FileChannel.open(memory, StandardOpenOption.WRITE)) {
            machine.start();
            channel.truncate(LEFT);
            return CompletableFuture.supplyAsync(() -> end(machine)).get(endMillis, TimeUnit.MILLISECONDS);
        }
    }

    private Machine move(Machine machine) throws Exception {
        Path place = folder.resolve("round");
        if (Files.exists(place)) {
            delete(place);
        }
        MachineSaver saver = machine.saver().orElseThrow();
        saver.pause();
        try (SnapshotWriter writer = SnapshotWriter.create(place)) {
            List<StateRecord> records = saver.save();
            writer.memory(new GuestMemorySource(saver.memory()));
            writer.commit(identity, List.of(), records);
        }
        machine.close();
        try (Snapshot snapshot = Snapshot.open(place, identity)) {
            Machine next = machines.restore(
                    new SavedMachine(snapshot.records(), snapshot.takeMemory(), false), NOBODY, console,
                    SerialHost.NONE);
            next.start();
            return next;
        }
    }

    private static void delete(Path place) throws IOException {
        try (var files = Files.list(place)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(place);
    }
}
