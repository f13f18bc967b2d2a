package dev.jvmm.benchmarks;

import dev.jvmm.bus.AddressBus;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
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

/** The smallest steps on the way of a request: finding a device, checking and reading guest memory. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class BusAndMemory {
    private static final int DEVICES = 32;
    private static final long STRIDE = 0x1000;
    private static final long BASE = 0xD000_0000L;
    private static final int PAGE = 4096;

    private final AddressBus bus = new AddressBus("MMIO");
    private final byte[] page = new byte[PAGE];
    private GuestMemory memory;
    private int turn;

    @Setup
    public void fill() {
        for (int i = 0; i < DEVICES; i++) {
            bus.add(BASE + i * STRIDE, STRIDE, new OutputGuest.Counter());
        }
        memory = GuestMemory.allocate(MemoryOptions.ofSize(64 << 20));
    }

    @TearDown
    public void close() {
        memory.close();
    }

    /** The same device again and again. */
    @Benchmark
    public long busSameDevice() {
        return bus.read(BASE + 4, 4);
    }

    /** Another of 32 devices each time. */
    @Benchmark
    public long busOtherDevice() {
        turn = turn + 1 & DEVICES - 1;
        return bus.read(BASE + turn * STRIDE, 4);
    }

    /** A checked view of 16 bytes, as a descriptor is read. */
    @Benchmark
    public long memoryView() {
        ByteBuffer view = memory.view(0x10_0000, 16);
        return view.getLong(0) + view.getInt(8);
    }

    /** A checked slice, as a buffer is handed to a system call. */
    @Benchmark
    public MemorySegment memorySlice() {
        return memory.slice(0x10_0000, PAGE);
    }

    /** A page into the guest. */
    @Benchmark
    public void memoryWritePage() {
        memory.write(0x20_0000, page);
    }
}
