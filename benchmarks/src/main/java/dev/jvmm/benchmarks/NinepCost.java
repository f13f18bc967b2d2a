package dev.jvmm.benchmarks;

import dev.jvmm.virtio.ninep.server.BufferMessage;
import dev.jvmm.virtio.ninep.server.Client;
import dev.jvmm.virtio.ninep.server.Share;
import dev.jvmm.virtio.ninep.server.ShareConfig;
import dev.jvmm.virtio.ninep.stream.StreamConnection;
import dev.jvmm.virtio.ninep.stream.StreamOnCall;
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
import java.util.concurrent.CountDownLatch;
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
 * <ul>
 * <li>{@code CALL} has the server called: its own share.
 * <li>{@code ONE_THREAD} goes through a connected pair of Unix sockets, and one thread is both ends: with all system calls and copies, and
 * without a wake-up. The connection is that of {@code jvmm 9p serve}, as in the next two.
 * <li>{@code SOCKET} has another thread serve, and awaits each reply before the next request: two wake-ups for each.
 * <li>{@code PIPELINE} sends all requests of an operation at once, as a client with several threads does; for a single request it is the
 * same.
 * <li>{@code FLOOR} and {@code PIPELINE_FLOOR} are the two before with nobody at home: a thread answers with as many bytes, and does
 * nothing for it. What two threads and a pair of sockets take on this host, whoever serves.
 * </ul>
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
    private static final int TYPE = 4;
    private static final int QID = 13;
    private static final int GETATTR_REPLY = 160;

    /** How requests come to the server. */
    public enum Way {
        /** In a call. */
        CALL,
        /** Through sockets, on one thread. */
        ONE_THREAD,
        /** Through sockets, each awaiting its reply. */
        SOCKET,
        /** Through sockets, all of an operation together. */
        PIPELINE,
        /** As SOCKET, without a server. */
        FLOOR,
        /** As PIPELINE, without a server. */
        PIPELINE_FLOOR;

        private boolean isTogether() {
            return this == PIPELINE || this == PIPELINE_FLOOR;
        }

        private boolean isFloor() {
            return this == FLOOR || this == PIPELINE_FLOOR;
        }
    }

    /** How requests come to the server. */
    @Param
    public Way way;

    private Path folder;
    private Share share;
    private Client client;
    private SocketChannel near;
    private SocketChannel far;
    private StreamConnection connection;
    private StreamOnCall onCall;
    private final CountDownLatch ended = new CountDownLatch(1);
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
        if (way.isFloor()) {
            Thread floor = new Thread(this::answerBlindly, "floor");
            floor.setDaemon(true);
            floor.start();
        } else if (way == Way.ONE_THREAD) {
            onCall = new StreamOnCall(far, client, NinepDriver.MSIZE);
        } else {
            connection = new StreamConnection("9p", far, client, NinepDriver.MSIZE, ended::countDown);
            connection.start();
        }
    }

    /** Reads what has come, and sends for each request as much as its reply would be. */
    private void answerBlindly() {
        ByteBuffer in = buffer();
        ByteBuffer out = buffer();
        try {
            while (far.read(in) >= 0) {
                int at = 0;
                out.clear();
                while (in.position() - at >= HEADER && in.position() - at >= in.getInt(at)) {
                    int length = replyLength(in.get(at + TYPE));
                    out.putInt(out.position(), length).position(out.position() + length);
                    at += in.getInt(at);
                }
                in.flip().position(at);
                in.compact();
                write(far, out.flip());
            }
        } catch (IOException e) {
            // the end
        } finally {
            ended.countDown();
        }
    }

    private static int replyLength(int type) {
        return switch (type) {
            case READ -> HEADER + Integer.BYTES + DATA;
            case WRITE -> HEADER + Integer.BYTES;
            case WALK -> HEADER + Short.BYTES + QID;
            case GETATTR -> GETATTR_REPLY;
            default -> HEADER;
        };
    }

    private static void write(SocketChannel to, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            to.write(bytes);
        }
    }

    @TearDown
    public void close() throws IOException, InterruptedException {
        if (onCall != null) {
            onCall.close();
        } else if (near != null) {
            near.close();
            ended.await();
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
            if (onCall != null) {
                onCall.turn();
            }
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
        return way.isTogether() ? exchange(together.rewind(), look.length) : carryOut(look);
    }
}
