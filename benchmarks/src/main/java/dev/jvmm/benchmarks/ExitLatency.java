package dev.jvmm.benchmarks;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A port-I/O exit: out of the guest, through the exit loop and the bus to a device, and back in. Java, and its twin in C. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ExitLatency {
    /** So many that the pipe to the twin, some 50 us, does not count. */
    private static final int EXITS = 20_000;

    /** The guest under jvmm's own exit loop. */
    @State(Scope.Thread)
    public static class JavaGuest {
        private OutputGuest guest;

        @Setup
        public void open() {
            guest = new OutputGuest();
            guest.attach();
        }

        @TearDown
        public void close() {
            guest.detach();
            guest.close();
        }
    }

    /** The same guest under the loop in C. */
    @State(Scope.Thread)
    public static class CGuest {
        private ExitTwin twin;

        @Setup
        public void open() throws IOException, InterruptedException {
            twin = new ExitTwin();
        }

        @TearDown
        public void close() throws IOException {
            twin.close();
        }
    }

    @Benchmark
    @OperationsPerInvocation(EXITS)
    public void java(JavaGuest state) {
        state.guest.handle(EXITS);
    }

    @Benchmark
    @OperationsPerInvocation(EXITS)
    public void c(CGuest state) throws IOException {
        state.twin.handle(EXITS);
    }
}
