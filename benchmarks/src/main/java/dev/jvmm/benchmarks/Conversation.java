package dev.jvmm.benchmarks;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The host's end of a talk with {@link #COMMAND}, which tells who its guest is and then the time whenever it is asked, until its input
 * ends.
 */
final class Conversation {
    /** Needs no process but one, for the random bytes: processes are dear where the guest's kernel is emulated. */
    static final List<String> COMMAND = List.of("/bin/sh", "-c", """
            read id </etc/machine-id; read name </proc/sys/kernel/hostname
            echo $id $name $(xxd -p -l 16 /dev/urandom)
            while read ask; do echo $EPOCHREALTIME; done""");

    private static final long LIMIT_SECONDS = 300;
    private static final int QUESTIONS = 5;
    private static final double MICROS_A_MILLI = 1e3;
    private static final double MICROS_A_SECOND = 1e6;
    private static final int WORDS = 3;

    /**
     * Who a guest says it is.
     *
     * @param random 16 bytes, in hexadecimal
     * @param nanos {@link System#nanoTime} when the answer came
     */
    record Answer(String machineId, String hostname, String random, long nanos) {}

    /**
     * How a guest's clock goes.
     *
     * @param error milliseconds that it is ahead of the host's
     * @param uncertainty milliseconds by which the error may be more or less
     */
    record Clock(double error, double uncertainty) {}

    private record Line(String text, long nanos, long micros) {}

    private final BlockingQueue<Line> lines = new LinkedBlockingQueue<>();

    /** Takes what the guest prints; for one thread. */
    OutputStream fromGuest() {
        return new OutputStream() {
            private final StringBuilder line = new StringBuilder();

            @Override
            public void write(int value) {
                if (value == '\n') {
                    lines.add(new Line(line.toString(), System.nanoTime(), now()));
                    line.setLength(0);
                } else {
                    line.append((char) value);
                }
            }
        };
    }

    /** Waits for the guest's first words. */
    Answer answer() throws InterruptedException {
        Line line = next();
        String[] words = line.text().split(" ");
        if (words.length != WORDS || words[0].length() != 32 || words[2].length() != 32) {
            throw new IllegalStateException("the guest said " + line.text());
        }
        return new Answer(words[0], words[1], words[2], line.nanos());
    }

    /**
     * Compares the guest's clock with the host's half-way between question and answer, of the pair that came quickest.
     *
     * @param toGuest the command's input
     */
    Clock clock(OutputStream toGuest) throws IOException, InterruptedException {
        long shortest = Long.MAX_VALUE;
        double error = Double.NaN;
        for (int i = 0; i < QUESTIONS; i++) {
            long asked = now();
            toGuest.write("?\n".getBytes(StandardCharsets.US_ASCII));
            toGuest.flush();
            Line line = next();
            long took = line.micros() - asked;
            if (took < shortest) {
                shortest = took;
                error = Double.parseDouble(line.text()) * MICROS_A_SECOND - (asked + took / 2.0);
            }
        }
        return new Clock(error / MICROS_A_MILLI, shortest / 2.0 / MICROS_A_MILLI);
    }

    private Line next() throws InterruptedException {
        Line line = lines.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
        if (line == null) {
            throw new IllegalStateException("no answer from the guest in " + LIMIT_SECONDS + " s");
        }
        return line;
    }

    private static long now() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }
}
