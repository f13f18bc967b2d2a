package dev.jvmm.benchmarks;

import dev.jvmm.virtio.testing.EchoDevice;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A request through the transport and a queue and back, with the mock driver on the other side: published, kicked, walked, carried out,
 * used, interrupt counted, taken. No system calls.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class RingRoundTrip {
    private static final int PAGE = 4096;

    private MockDriver driver;
    private MockRing ring;
    private int small;
    private int page;

    @Setup
    public void start() {
        driver = MockDriver.started(new EchoDevice());
        ring = driver.ring(0);
        long buffer = driver.allocate(2 * PAGE);
        small = ring.post(1, buffer, 16, buffer + PAGE, 16);
        page = ring.post(1, buffer, PAGE, buffer + PAGE, PAGE);
        driver.kick(0);
        ring.takeUsedAndKeep();
        ring.takeUsedAndKeep();
    }

    @TearDown
    public void close() {
        driver.close();
    }

    /** 16 bytes there and back: the cost of the ring. */
    @Benchmark
    public void echo16Bytes() {
        echo(small);
    }

    /** A page there and back, copied twice. */
    @Benchmark
    public void echoPage() {
        echo(page);
    }

    private void echo(int head) {
        ring.publish(head);
        driver.kick(0);
        ring.takeUsedAndKeep();
    }
}
