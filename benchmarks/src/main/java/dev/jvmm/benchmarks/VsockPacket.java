package dev.jvmm.benchmarks;

import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.linux.SocketCalls;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import dev.jvmm.vsock.VsockConfig;
import dev.jvmm.vsock.VsockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
 * 64 KiB through a vsock device and a Unix socket: from the guest's buffer to a program that reads them, in a packet, as Linux sends them;
 * and from a program into eighteen of the guest's buffers. The driver's side is in it, as the mock driver does it, and so are the kernel's
 * copies; on the way to the guest the wake-up of the device's event loop, too.
 *
 * <p>Here with JMH's own choice of compiler; {@link VsockPacketAsLaunched} has that of {@code ./jvmm}. {@code -prof gc} says what is
 * allocated.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class VsockPacket {
    private static final long CID = 3;
    private static final int HEADER = 44;
    private static final int PORT = 52;
    private static final int SIZE = 64 << 10;
    private static final int RECEIVE = 0;
    private static final int TRANSMIT = 1;
    private static final int REQUEST = 1;
    private static final int RW = 5;
    private static final int CREDIT_UPDATE = 6;
    private static final int OPERATION = 30;
    private static final int LENGTH = 24;
    private static final int FWD_CNT = 40;
    private static final int BUFFERS = 64;
    private static final int BUFFER = 3776;
    private static final int ROOM = 1 << 20;

    private final SocketCalls calls = new SocketCalls();
    private final ByteBuffer memory = NativeBuffers.allocate(SIZE);
    private final ByteBuffer vector = NativeBuffers.allocate(16);
    private final long vectorAddress = NativeBuffers.address(vector);
    private MockDriver driver;
    private MockRing transmit;
    private MockRing receive;
    private ByteBuffer small;
    private ByteBuffer[] heads;
    private int packet;
    private int update;
    private int listener;
    private int program;
    private int forwarded;
    private Path folder;

    @Setup
    public void start() throws IOException {
        folder = Files.createTempDirectory("vsock");
        String path = folder.resolve("v").toString();
        driver = MockDriver.started(VsockDevice.open("bench", VsockConfig.of(CID, path)));
        transmit = driver.ring(TRANSMIT);
        receive = driver.ring(RECEIVE);
        heads = new ByteBuffer[receive.layout().size()];
        for (int i = 0; i < BUFFERS; i++) {
            long at = driver.allocate(BUFFER);
            heads[receive.post(0, at, BUFFER)] = driver.memory().view(at, HEADER);
        }
        driver.kick(RECEIVE);
        listener = calls.listen(SocketCalls.SOCK_STREAM, path + "_" + PORT, 1);
        long at = driver.allocate(HEADER);
        small = header(at, 0);
        update = transmit.post(1, at, HEADER);
        send(REQUEST);
        program = calls.accept(listener);
        long large = driver.allocate(HEADER);
        header(large, SIZE).putShort(OPERATION, (short) RW);
        packet = transmit.post(2, large, HEADER, driver.allocate(SIZE), SIZE);
        driver.kick(TRANSMIT);
        transmit.takeUsedAndKeep();
        vector.putLong(0, NativeBuffers.address(memory)).putLong(Long.BYTES, SIZE);
        if (program < 0 || read() != SIZE) {
            throw new IllegalStateException("no packet has passed");
        }
    }

    private ByteBuffer header(long at, int length) {
        ByteBuffer header = driver.memory().view(at, HEADER).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(0, CID).putLong(8, 2).putInt(16, 7).putInt(20, PORT).putInt(LENGTH, length).putShort(28,
                (short) 1);
        return header.putInt(36, ROOM);
    }

    /** Sends the small packet, which is there already. */
    private void send(int operation) {
        small.putShort(OPERATION, (short) operation).putInt(FWD_CNT, forwarded);
        if (operation != REQUEST) {
            transmit.publish(update);
        }
        driver.kick(TRANSMIT);
        transmit.takeUsedAndKeep();
        take();
    }

    /** Takes what has come and posts it again; returns how many bytes of data there were. */
    private int take() {
        int bytes = 0;
        while (receive.hasUsed()) {
            int head = receive.usedHead();
            receive.takeUsedAndKeep();
            bytes += heads[head].getInt(LENGTH);
            receive.publish(head);
        }
        return bytes;
    }

    private int read() {
        int got = 0;
        while (got < SIZE) {
            long bytes = calls.receive(program, vectorAddress, 1, SocketCalls.MSG_DONTWAIT);
            if (bytes <= 0) {
                return (int) bytes;
            }
            got += (int) bytes;
        }
        return got;
    }

    /** From the guest to a program. */
    @Benchmark
    public int toTheHost() {
        transmit.publish(packet);
        driver.kick(TRANSMIT);
        transmit.takeUsedAndKeep();
        int got = read();
        take();
        return got;
    }

    /** From a program to the guest, which then says that it has room again. */
    @Benchmark
    public int toTheGuest() {
        long sent = calls.send(program, vectorAddress, 1, SocketCalls.MSG_DONTWAIT);
        if (sent != SIZE) {
            throw new IllegalStateException("sent " + sent);
        }
        int got = 0;
        while (got < SIZE) {
            got += take();
            Thread.onSpinWait();
        }
        forwarded += got;
        send(CREDIT_UPDATE);
        return got;
    }

    @TearDown
    public void close() throws IOException {
        driver.close();
        calls.close(program);
        calls.close(listener);
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
