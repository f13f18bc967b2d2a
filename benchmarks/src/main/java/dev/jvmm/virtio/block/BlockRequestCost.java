package dev.jvmm.virtio.block;

import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import dev.jvmm.virtio.transport.Wiring;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
 * A request of 4 KiB through all of the block device but for the disk: the engine says at once that it is done. In the device's package,
 * as engines are nobody else's business.
 *
 * <p>The figure to quote is {@link #oneRequest} as it is, with the driver's side in it: the register write and the transport, the
 * device's lock, the walk of three descriptors and their checks, the parsed request, the iovecs for the kernel, the status byte, the used
 * entry and the decision about the interrupt. {@link #driverOnly} is the part of it that is not ours: what the mock driver does to its
 * rings, and the mock's queue of kicks and count of interrupts, which stand in for ioeventfd and irqfd. The difference is the device's.
 *
 * <p>Here with JMH's own choice of compiler; {@link BlockRequestCostAsLaunched} has that of {@code ./jvmm}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class BlockRequestCost {
    private static final int PAGE = 4096;
    private static final int HEADER = 16;
    private static final int DISK = 1 << 20;
    private static final int BATCH = 32;

    private Path image;
    private MockDriver driver;
    private MockRing ring;
    private int read;
    private Wiring.Doorbell nobody;
    private final int[] batch = new int[BATCH];

    /** Completes what was submitted when it is flushed. */
    private static final class NoDisk implements DiskEngine {
        private Listener listener;
        private DiskOperation first;

        @Override
        public void attach(VirtioHost host, Listener hearer) {
            listener = hearer;
        }

        @Override
        public void submit(DiskOperation operation) {
            operation.next = first;
            first = operation;
        }

        @Override
        public void flush() {
            while (first != null) {
                DiskOperation operation = first;
                first = operation.next;
                operation.result = 0;
                listener.completed(operation);
            }
        }

        @Override
        public int inFlight() {
            return first == null ? 0 : 1;
        }

        @Override
        public boolean end() {
            return true;
        }
    }

    @Setup
    public void start() throws IOException {
        image = Files.createTempFile("jvmm", ".img");
        Files.write(image, new byte[DISK]);
        DiskConfig config = DiskConfig.of(image.toString());
        driver = MockDriver.started(new BlockDevice("bench", config, DiskFile.open(config), new NoDisk()));
        ring = driver.ring(0);
        long area = driver.allocate(HEADER + PAGE + 1);
        read = ring.post(1, area, HEADER, area + HEADER, PAGE, area + HEADER + PAGE, 1);
        for (int i = 0; i < BATCH; i++) {
            batch[i] = ring.post(1, area, HEADER, area + HEADER, PAGE, area + HEADER + PAGE, 1);
        }
        driver.kick(0);
        for (int i = 0; i < BATCH + 1; i++) {
            ring.takeUsedAndKeep();
        }
        if (driver.memory().read(area + HEADER + PAGE, 1)[0] != 0) {
            throw new IllegalStateException("the request failed");
        }
        nobody = driver.wiring().doorbell(0, driver.wiring()::interrupt);
    }

    @TearDown
    public void close() throws IOException {
        driver.close();
        Files.delete(image);
    }

    /** All of {@link #oneRequest} that the mock driver does: nobody takes the request, and the interrupt comes at once. */
    @Benchmark
    public void driverOnly() {
        ring.publish(read);
        nobody.ring();
        ring.takeUsedAndKeep();
    }

    /** One request and one interrupt. */
    @Benchmark
    public void oneRequest() {
        ring.publish(read);
        driver.kick(0);
        ring.takeUsedAndKeep();
    }

    /** 32 requests with one kick and one interrupt; divide by 32. */
    @Benchmark
    public void batchOf32() {
        for (int head : batch) {
            ring.publish(head);
        }
        driver.kick(0);
        for (int i = 0; i < BATCH; i++) {
            ring.takeUsedAndKeep();
        }
    }
}
