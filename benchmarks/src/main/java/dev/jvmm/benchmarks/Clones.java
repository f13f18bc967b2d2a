package dev.jvmm.benchmarks;

import dev.jvmm.channel.GuestIdentity;
import dev.jvmm.machine.MachineListener;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Many clones of one guest at once, in this JVM: how long until each answers, whether they are unlike each other, and what they hold
 * beside as many guests that are booted.
 *
 * <p>Arguments: {@code --count N} clones; {@code --cold N} booted guests, one after another, whose memory is scaled, 0 for none;
 * {@code --memory MIB} of each guest; {@code --json FILE} for the figures.
 */
public final class Clones {
    private static final double NANOS_A_MILLI = 1e6;

    private static final String TEMPLATE = "template";

    private int count = 25;
    private int cold = 2;
    private long memory = 128;
    private String json = "";

    private Clones() {}

    /** Runs, prints, and fails if a guest is not as it should be. */
    public static void main(String[] arguments) throws Exception {
        Clones clones = new Clones();
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            clones.set(arguments[i], arguments[i + 1]);
        }
        System.exit(clones.run() ? 0 : 1);
    }

    private void set(String option, String value) {
        switch (option) {
            case "--count" -> count = Integer.parseInt(value);
            case "--cold" -> cold = Integer.parseInt(value);
            case "--memory" -> memory = Long.parseLong(value);
            case "--json" -> json = value;
            default -> throw new IllegalArgumentException("unknown option " + option);
        }
    }

    private boolean run() throws Exception {
        Path folder = Files.createTempDirectory("jvmm-clones");
        try {
            Path template = folder.resolve(TEMPLATE);
            try (Talk first = Talk.booted(memory << 20)) {
                first.guest.save(template);
                // and once through all that is measured, so that its classes do not count as a guest's memory
                first.hold();
            }
            try (Talk second = Talk.cloned(template)) {
                second.hold();
            }
            Optional<ProcessMemory> booted = cold > 0 ? Optional.of(bootSome(folder)) : Optional.empty();
            CloneReport report = cloneMany(folder, booted);
            System.out.println(report.summary());
            if (!json.isEmpty()) {
                Files.writeString(Path.of(json), report.json() + "\n");
            }
            return report.clocksAreRight();
        } finally {
            Trees.delete(folder);
        }
    }

    /** What {@link #count} booted guests would hold. */
    private ProcessMemory bootSome(Path folder) throws Exception {
        List<Talk> talks = new ArrayList<>();
        try {
            ProcessMemory before = ProcessMemory.ofThisProcess(folder);
            for (int i = 0; i < cold; i++) {
                Talk talk = Talk.booted(memory << 20);
                talks.add(talk);
                talk.hold();
            }
            return ProcessMemory.ofThisProcess(folder).minus(before).scaled(cold, count);
        } finally {
            talks.forEach(Talk::close);
        }
    }

    private CloneReport cloneMany(Path folder, Optional<ProcessMemory> booted) throws Exception {
        List<Talk> talks = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(count)) {
            ProcessMemory before = ProcessMemory.ofThisProcess(folder);
            long request = System.nanoTime();
            List<Future<Talk>> started = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                started.add(threads.submit(() -> Talk.cloned(folder.resolve(TEMPLATE))));
            }
            talks.addAll(all(started));
            List<Conversation.Answer> answers = new ArrayList<>();
            for (Talk talk : talks) {
                answers.add(talk.hold());
            }
            ProcessMemory grown = ProcessMemory.ofThisProcess(folder).minus(before);
            CloneReport.requireDistinct(answers);
            List<Conversation.Clock> clocks = new ArrayList<>();
            for (Talk talk : talks) {
                clocks.add(talk.words.clock(talk.toGuest));
            }
            List<Double> times = answers.stream().map(answer -> (answer.nanos() - request) / NANOS_A_MILLI).toList();
            return new CloneReport("clones in one JVM", times, clocks, grown, booted);
        } finally {
            talks.forEach(Talk::close);
        }
    }

    /** Those that came up; if one did not, none. */
    private static List<Talk> all(List<Future<Talk>> started) throws InterruptedException, ExecutionException {
        List<Talk> talks = new ArrayList<>();
        Optional<ExecutionException> failure = Optional.empty();
        for (Future<Talk> future : started) {
            try {
                talks.add(future.get());
            } catch (ExecutionException e) {
                failure = Optional.of(e);
            }
        }
        if (failure.isPresent()) {
            talks.forEach(Talk::close);
            throw failure.get();
        }
        return talks;
    }

    /** A guest, and the talk with the command that it is given at once. */
    private static final class Talk implements AutoCloseable {
        private final Conversation words;
        private final ReadyGuest guest;
        private final GuestIdentity identity = GuestIdentity.random();
        private final PipedOutputStream toGuest = new PipedOutputStream();
        private final Thread runner;

        private Talk(Conversation words, ReadyGuest guest) throws IOException {
            this.words = words;
            this.guest = guest;
            PipedInputStream input = new PipedInputStream(toGuest);
            this.runner = Thread.ofPlatform().name("talk").unstarted(() -> runTo(input));
        }

        /** Its command is given by {@link #hold}. */
        static Talk booted(long memory) throws IOException, InterruptedException {
            Conversation words = new Conversation();
            return new Talk(words, ReadyGuest.booted(memory, words.fromGuest()));
        }

        static Talk cloned(Path template) throws IOException {
            Conversation words = new Conversation();
            Talk talk = new Talk(words,
                    ReadyGuest.cloned(template, new MachineListener() {}, words.fromGuest()));
            talk.guest.start();
            talk.runner.start();
            return talk;
        }

        private void runTo(PipedInputStream input) {
            try {
                guest.run(identity, Conversation.COMMAND, Optional.of(input));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        /** Waits for the guest's answer; the command stays. */
        Conversation.Answer hold() throws InterruptedException {
            if (runner.getState() == Thread.State.NEW) {
                runner.start();
            }
            Conversation.Answer answer = words.answer();
            if (!answer.machineId().equals(identity.machineId()) || !answer.hostname().equals(identity.name())) {
                throw new IllegalStateException("the guest is not who it was told to be: " + answer);
            }
            return answer;
        }

        /** Lets the command end by itself, and the guest with it. */
        @Override
        public void close() {
            try {
                toGuest.close();
                runner.join(60_000);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                guest.close();
            }
        }
    }
}
