package dev.jvmm.virtio.ninep.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.Errno;
import dev.jvmm.virtio.testing.NinepDriver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Clients against somebody on the host who swaps a directory for a link to what is outside, and moves another out of the share and back.
 * Nothing may lead out; and it is only a race if each client wins often and loses often, so this is counted.
 * {@code -Djvmm.share.race=60} races for so many seconds.
 */
@Timeout(7200)
final class EscapeRaceTest extends ServerFixture {
    private static final int SECONDS = Integer.getInteger("jvmm.share.race", 2);

    /** How often each must win and lose, and how long it may take to come to that. */
    private static final int OFTEN = 100;
    private static final int PATIENCE_SECONDS = 60;

    private static final byte[] INSIDE = "inside".getBytes(StandardCharsets.US_ASCII);
    private static final int MODE = 0x1;
    private static final int WRITE_ONLY = 1;

    /** Something to do again and again; on losing it ends in an exception. */
    private interface Step {
        void run() throws IOException;
    }

    /** A walk ended on the way. */
    private static final class Lost extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** One thread's step, and how it went. */
    private static final class Racer {
        final String name;
        final LongAdder won = new LongAdder();
        final LongAdder lost = new LongAdder();
        private final Step step;

        Racer(String name, Step step) {
            this.name = name;
            this.step = step;
        }

        void run() throws IOException {
            try {
                step.run();
                won.increment();
            } catch (Lost e) {
                lost.increment();
            } catch (NinepDriver.Refused e) {
                Set<Integer> expected = Set.of(Errno.ENOENT, Errno.ELOOP, Errno.ENOTDIR, Errno.EEXIST);
                if (!expected.contains(e.errno())) {
                    throw e;
                }
                lost.increment();
            }
        }

        boolean hasRaced() {
            return won.sum() >= OFTEN && lost.sum() >= OFTEN;
        }

        @Override
        public String toString() {
            return name + ": " + won + " times inside, " + lost + " times refused";
        }
    }

    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final LongAdder swaps = new LongAdder();
    private volatile boolean stop;
    private Path outside;

    @Test
    void noRaceLeadsOutOfTheShare() throws Exception {
        outside = Files.createDirectory(folder.resolve("outside"));
        Files.createDirectories(outside.resolve("b"));
        for (String name : List.of("file", "removed", "renamed", "secret", "b/file")) {
            Files.writeString(outside.resolve(name), CANARY);
        }
        Set<String> before = listing();
        Files.createDirectories(root.resolve("a/b"));
        Files.write(root.resolve("a/file"), INSIDE);
        Files.write(root.resolve("a/b/file"), INSIDE);
        Files.createDirectories(root.resolve("d/moved"));
        Files.write(root.resolve("d/secret"), INSIDE);
        Files.createDirectory(root.resolve("kept"));
        Files.createSymbolicLink(root.resolve("link"), outside);

        List<Racer> racers = List.of(new Racer("walk", reader("a", "file")),
                new Racer("deep walk", reader("a", "b", "file")),
                new Racer("parent", climber()), new Racer("create", maker()), new Racer("remove", remover()),
                new Racer("rename", renamer()));
        List<Thread> threads = new ArrayList<>();
        threads.add(thread(this::swap));
        threads.add(thread(this::moveOut));
        for (Racer racer : racers) {
            threads.add(thread(racer::run));
        }
        long start = System.nanoTime();
        while (failures.isEmpty()
                && (seconds(start) < SECONDS || !enough(racers) && seconds(start) < SECONDS + PATIENCE_SECONDS)) {
            Thread.sleep(10);
        }
        stop = true;
        for (Thread thread : threads) {
            thread.join();
        }
        String said = swaps + " swaps; " + racers;
        System.out.println(said);
        assertEquals(List.of(), List.copyOf(failures), said);
        assertTrue(enough(racers), said);
        assertEquals(before, listing());
        for (String name : List.of("file", "removed", "renamed", "secret", "b/file")) {
            assertEquals(CANARY, Files.readString(outside.resolve(name)), name);
        }
    }

    private static long seconds(long since) {
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - since);
    }

    private static boolean enough(List<Racer> racers) {
        return racers.stream().allMatch(Racer::hasRaced);
    }

    private Set<String> listing() throws IOException {
        try (var files = Files.walk(outside)) {
            return new TreeSet<>(files.map(Path::toString).toList());
        }
    }

    /** A thread of the system's: of virtual ones, which nobody interrupts, no more would run than there are processors. */
    private Thread thread(Step step) {
        Thread thread = new Thread(() -> {
            try {
                while (!stop) {
                    step.run();
                }
            } catch (Throwable e) {
                failures.add(e);
            }
        });
        thread.start();
        return thread;
    }

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    /** The directory a is the link for a moment. */
    private void swap() throws IOException {
        Path a = root.resolve("a");
        Path link = root.resolve("link");
        Path away = root.resolve("kept/a");
        move(a, away);
        move(link, a);
        swaps.increment();
        move(a, link);
        move(away, a);
    }

    /** The directory d/moved is below what is outside for a moment, so that it has another parent. */
    private void moveOut() throws IOException {
        Path here = root.resolve("d/moved");
        Path there = folder.resolve("outside/moved");
        move(here, there);
        swaps.increment();
        move(there, here);
    }

    private NinepDriver connect() {
        return NinepDriver.of(share.connect()).start();
    }

    private static void reach(NinepDriver own, int from, int to, String... path) {
        if (own.walk(from, to, path).size() < path.length) {
            throw new Lost();
        }
    }

    private static void check(byte[] content) {
        if (!Arrays.equals(INSIDE, content)) {
            throw new AssertionError("'" + new String(content, StandardCharsets.US_ASCII) + "' was read");
        }
    }

    /** Walks to a file at once, and reads it. */
    private Step reader(String... path) {
        NinepDriver own = connect();
        return () -> {
            reach(own, 0, 1, path);
            try {
                own.open(1, 0);
                check(own.read(1, 0, 100));
            } finally {
                own.clunk(1);
            }
        };
    }

    /** From the directory that is moved out and back, to its parent. */
    private Step climber() {
        NinepDriver own = connect();
        return () -> {
            reach(own, 0, 1, "d", "moved");
            try {
                reach(own, 1, 2, "..", "secret");
                try {
                    own.open(2, 0);
                    check(own.read(2, 0, 100));
                } finally {
                    own.clunk(2);
                }
            } finally {
                own.clunk(1);
            }
        };
    }

    /** Makes a file in what may just be a link, and removes it by its name. */
    private Step maker() {
        NinepDriver own = connect();
        return () -> {
            reach(own, 0, 1, "a");
            try {
                own.walk(1, 2);
                try {
                    own.create(2, "made", WRITE_ONLY, 0600, 0);
                    own.write(2, 0, INSIDE);
                    own.setattr(2, MODE, 0640, 0, 0, 0, 0, 0);
                } finally {
                    own.clunk(2);
                }
                own.unlinkat(1, "made", 0);
            } finally {
                own.clunk(1);
            }
        };
    }

    /** Makes a file that has a namesake outside, in a directory that it reached, as fid 1; the fid becomes the file's. */
    private static void make(NinepDriver own, String name) {
        reach(own, 0, 1, "a");
        try {
            own.create(1, name, WRITE_ONLY, 0600, 0);
        } catch (NinepDriver.Refused e) {
            own.clunk(1);
            if (e.errno() != Errno.EEXIST) {
                throw e;
            }
            reach(own, 0, 1, "a", name); // left behind when its removal was refused
        }
    }

    /** Removes a file by its fid, for which the server looks for its directory and name. */
    private Step remover() {
        NinepDriver own = connect();
        return () -> {
            make(own, "removed");
            own.remove(1); // the fid is gone in any case
        };
    }

    /** Gives a file another name by its fid, and takes that away. */
    private Step renamer() {
        NinepDriver own = connect();
        return () -> {
            make(own, "renamed");
            try {
                own.walk(0, 3, "kept");
                try {
                    own.rename(1, 3, "new");
                    own.unlinkat(3, "new", 0);
                } finally {
                    own.clunk(3);
                }
            } finally {
                own.clunk(1);
            }
        };
    }
}
