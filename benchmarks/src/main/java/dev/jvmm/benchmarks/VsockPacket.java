package dev.jvmm.benchmarks;

import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.vsock.VsockConfig;
import dev.jvmm.vsock.VsockDevice;
import java.io.IOException;
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
 * 64 KiB through a vsock device and a Unix socket: from the guest's buffer to a program that reads them, in a packet, as Linux sends them;
 * and from a program into eighteen of the guest's buffers. The driver's side is in it, as the mock driver does it, and so are the kernel's
 * copies; on the way to the guest the wake-up of the device's event loop, too, which {@link VsockSteps} leaves out.
 *
 * <p>Here with JMH's own choice of compiler; {@link VsockPacketAsLaunched} has that of {@code ./jvmm}. {@code -prof gc} says what is
 * allocated: with the quick compiler 40 bytes for each system call, the program's among them. They are the JDK's, a view of the place for
 * errno (jdk.internal.foreign.abi.SharedUtils.checkCaptureSegment).
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class VsockPacket extends VsockTraffic {
    private MockDriver driver;

    @Setup
    public void start() {
        driver = MockDriver.started(VsockDevice.open("bench", VsockConfig.of(CID, path())));
        begin(driver.memory(), driver.ring(RECEIVE), driver.ring(TRANSMIT));
    }

    @Override
    long allocate(int size) {
        return driver.allocate(size);
    }

    @Override
    void kick(int queue) {
        driver.kick(queue);
    }

    @Override
    void awaitDevice() {
        Thread.onSpinWait();
    }

    /** From the guest to a program. */
    @Benchmark
    public int toTheHost() {
        return passToHost();
    }

    /** From a program to the guest, which then says that it has room again. */
    @Benchmark
    public int toTheGuest() {
        return passToGuest();
    }

    @TearDown
    public void close() throws IOException {
        driver.close();
        end();
    }
}
