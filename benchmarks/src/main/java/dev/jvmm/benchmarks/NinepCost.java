package dev.jvmm.benchmarks;

import dev.jvmm.virtio.ninep.server.BufferMessage;
import dev.jvmm.virtio.ninep.server.Client;
import dev.jvmm.virtio.ninep.server.Share;
import dev.jvmm.virtio.ninep.server.ShareConfig;
import dev.jvmm.virtio.testing.NinepDriver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What requests of a 9P client cost, client included, on files that are in the host's page cache.
 *
 * <p>{@code CALL} has the server called: its own share. {@code SOCKET} has a thread serve one end of a connected pair of Unix
 * sockets, with a request and a reply in flight, one after the other, so the kernel's copies and two switches of threads are in each.
 * {@code PIPELINE} sends all requests of an operation at once, as a client with several threads does, and is the same for a single
 * request.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class NinepCost {
    private static final int DATA = 64 << 10;
    private static final int WALK = 110;
    private static final int GETATTR = 24;
    private static final int CLUNK = 120;
    private static final int READ = 116;
    private static final int WRITE = 118;
    private static final int O_RDWR = 2;
    private static final int ROOT = 0;
    private static final int OPEN = 1;
    private static final int PASSING = 2;
    private static final int HEADER = 7;

    /** How requests come to the server. */
    public enum Way {
        /** In a call. */
        CALL,
        /** Through sockets, each awaiting its reply. */
        SOCKET,
        /** Through sockets, all of an operation together. */
        PIPELINE
    }

    /** How requests come to the server. */
    @Param
    public Way way;

    private Path folder;
    private Share share;
    private Client client;
    private SocketChannel near;
    private SocketChannel far;
    private Thread server;
    private final ByteBuffer reply = buffer();
    private BufferMessage answer;
    private BufferMessage[] read;
    private BufferMessage[] write;
    private BufferMessage[] look;
    private ByteBuffer together;

    private static ByteBuffer buffer() {
        return ByteBuffer.allocateDirect(NinepDriver.MSIZE).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Setup
    public void start() throws IOException {
        folder = Files.createTempDirectory("jvmm-9p-");
        Files.write(folder.resolve("file"), new byte[16 * DATA]);
        share = Share.open(ShareConfig.of(folder));
        client = share.connect();
        NinepDriver driver = NinepDriver.of(client).start();
        driver.walk(ROOT, OPEN, "file");
        driver.open(OPEN, O_RDWR);
        answer = new BufferMessage(reply);
        read = requests(driver.begin(READ).i32(OPEN).i64(DATA).i32(DATA).finish());
        write = requests(driver.begin(WRITE).i32(OPEN).i64(DATA).i32(DATA).raw(new byte[DATA]).finish());
        look = requests(driver.begin(WALK).i32(ROOT).i32(PASSING).i16(1).text("file").finish());
        look = new BufferMessage[]{ look[0], requests(driver.begin(GETATTR).i32(PASSING).i64(0x7FF).finish())[0],
            requests(driver.begin(CLUNK).i32(PASSING).finish())[0] };
        together = buffer();
        for (BufferMessage message : look) {
            together.put(message.buffer());
        }
        together.flip();
        if (way != Way.CALL) {
            connect();
        }
        if (readLarge() != HEADER + 4 + DATA || walkGetattrClunk() != HEADER || writeLarge() != HEADER + 4) {
            throw new IllegalStateException("a request was refused");
        }
    }

    private static BufferMessage[] requests(ByteBuffer request) {
        ByteBuffer copy = ByteBuffer.allocateDirect(request.limit()).order(ByteOrder.LITTLE_ENDIAN);
        copy.put(0, request, 0, request.limit());
        return new BufferMessage[]{ new BufferMessage(copy) };
    }

    private void connect() throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("socket"));
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(address);
            near = SocketChannel.open(address);
            far = listener.accept();
        }
        server = new Thread(this::serve, "9p-server");
        server.setDaemon(true);
        server.start();
    }

    /** Reads what has come, answers each whole request, and writes all answers at once. */
    private void serve() {
        ByteBuffer in = buffer();
        BufferMessage request = new BufferMessage(in.duplicate());
        ByteBuffer out = buffer();
        ByteBuffer replies = buffer();
        BufferMessage one = new BufferMessage(out);
        try {
            while (far.read(in) >= 0) {
                replies.clear();
                while (in.position() >= HEADER && in.position() >= in.getInt(0)) {
                    int size = in.getInt(0);
                    int length = client.handle(request.withLength(size), one);
                    in.flip().position(size);
                    in.compact();
                    out.clear().limit(length);
                    if (in.position() == 0 && replies.position() == 0) {
                        write(far, out);
                    } else {
                        replies.put(out);
                    }
                }
                write(far, replies.flip());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(SocketChannel to, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            to.write(bytes);
        }
    }

    @TearDown
    public void close() throws IOException, InterruptedException {
        if (near != null) {
            near.close();
            server.join();
            far.close();
        }
        client.close();
        share.close();
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        }
    }

    /** Carries requests out; returns the length of the last reply. */
    private int carryOut(BufferMessage[] requests) {
        int length = 0;
        for (BufferMessage request : requests) {
            length = way == Way.CALL ? client.handle(request, answer) : exchange(request.buffer().clear(), 1);
        }
        return length;
    }

    private int exchange(ByteBuffer requests, int replies) {
        try {
            write(near, requests);
            reply.clear();
            int start = 0;
            int length = 0;
            for (int left = replies; left > 0; left--) {
                while (reply.position() < start + HEADER || reply.position() < start + reply.getInt(start)) {
                    near.read(reply);
                }
                length = reply.getInt(start);
                start += length;
            }
            return length;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** 64 KiB of a file. */
    @Benchmark
    public int readLarge() {
        return carryOut(read);
    }

    /** 64 KiB over what is in a file. */
    @Benchmark
    public int writeLarge() {
        return carryOut(write);
    }

    /** A name, its attributes, and an end to it: what stat(2) of a client comes to. */
    @Benchmark
    public int walkGetattrClunk() {
        return way == Way.PIPELINE ? exchange(together.rewind(), look.length) : carryOut(look);
    }
}
