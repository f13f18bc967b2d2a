package dev.jvmm.benchmarks;

import dev.jvmm.channel.GuestIdentity;
import dev.jvmm.machine.MachineListener;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What a template costs to make, and a guest to come out of it, in a JVM that is warm. */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 10)
@Measurement(iterations = 20)
@State(Scope.Benchmark)
public class TemplateBoot {
    private static final long LIMIT_SECONDS = 120;

    /** The guest's memory in MiB. */
    @Param({ "128", "4096" })
    public int memory;

    private Path folder;
    private Path template;
    private Path another;
    private ReadyGuest booted;
    private Optional<ReadyGuest> clone = Optional.empty();

    @Setup
    public void boot() throws IOException, InterruptedException {
        folder = Files.createTempDirectory("jvmm-template");
        template = folder.resolve("template");
        another = folder.resolve("another");
        booted = ReadyGuest.booted((long) memory << 20, OutputStream.nullOutputStream());
        booted.save(template);
    }

    @TearDown(Level.Invocation)
    public void tidy() throws IOException {
        clone.ifPresent(ReadyGuest::close);
        clone = Optional.empty();
        Trees.delete(another);
    }

    @TearDown
    public void close() throws IOException {
        booted.close();
        Trees.delete(folder);
    }

    /** From a running guest to its template, whole on the disk's cache, and the guest running again. */
    @Benchmark
    public void create() throws InterruptedException {
        booted.save(another);
    }

    /** From the template's files until the first vCPU is about to enter the guest. */
    @Benchmark
    public void toFirstRun() throws InterruptedException {
        CountDownLatch entered = new CountDownLatch(1);
        ReadyGuest guest = clone(new MachineListener() {
            @Override
            public void firstRun() {
                entered.countDown();
            }
        });
        guest.start();
        if (!entered.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("no vCPU has come to its guest in " + LIMIT_SECONDS + " s");
        }
    }

    /** From the template's files until the guest has told that /bin/true has ended. */
    @Benchmark
    public void toAnswer() throws InterruptedException {
        ReadyGuest guest = clone(new MachineListener() {});
        guest.start();
        guest.run(GuestIdentity.random(), List.of("/bin/true"), Optional.empty());
    }

    private ReadyGuest clone(MachineListener listener) {
        ReadyGuest guest = ReadyGuest.cloned(template, listener, OutputStream.nullOutputStream());
        clone = Optional.of(guest);
        return guest;
    }
}
