package dev.jvmm.runtime.backend;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * QEMU's monitor: commands out, answers and events in, one JSON object per line. For one thread.
 *
 * @see <a href="https://www.qemu.org/docs/master/interop/qmp-spec.html">QEMU Machine Protocol</a>
 */
final class QemuMonitor implements AutoCloseable {
    private static final int MAX_LINE = 1 << 20;

    private final SocketChannel channel;
    private final InputStream in;

    QemuMonitor(SocketChannel channel) {
        this.channel = channel;
        this.in = Channels.newInputStream(channel);
    }

    /** Takes QEMU's greeting and leaves negotiation. */
    void open() throws IOException {
        Map<?, ?> greeting = receive().orElseThrow(() -> new IOException("QEMU closed its monitor at once"));
        if (!greeting.containsKey("QMP")) {
            throw new IOException("no greeting from QEMU's monitor");
        }
        execute("qmp_capabilities");
    }

    /** Lets the processors run. */
    void resume() throws IOException {
        execute("cont");
    }

    /** The Linux thread of each virtual CPU. */
    SortedMap<Integer, Long> vcpuThreads() throws IOException {
        SortedMap<Integer, Long> threads = new TreeMap<>();
        if (execute("query-cpus-fast") instanceof List<?> cpus) {
            for (Object cpu : cpus) {
                if (cpu instanceof Map<?, ?> fields
                        && fields.get("cpu-index") instanceof Long index
                        && fields.get("thread-id") instanceof Long thread) {
                    threads.put(index.intValue(), thread);
                }
            }
        }
        return Collections.unmodifiableSortedMap(threads);
    }

    /** Sends a command and waits for its answer; events before that are dropped, since the guest does not run yet. */
    private Object execute(String command) throws IOException {
        send(command);
        while (true) {
            Map<?, ?> answer = receive().orElseThrow(() -> new IOException("QEMU closed its monitor"));
            if (answer.containsKey("return")) {
                return answer.get("return");
            }
            if (answer.get("error") instanceof Map<?, ?> error) {
                throw new IOException("QEMU refused " + command + ": " + error.get("desc"));
            }
        }
    }

    /** Sends a command whose answer will come by {@link #receive}. */
    void send(String command) throws IOException {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode("{\"execute\":\"" + command + "\"}\r\n");
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Waits for the next answer or event; empty when QEMU has closed the monitor. */
    Optional<Map<?, ?>> receive() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                return Optional.empty();
            }
            if (line.size() == MAX_LINE) {
                throw new IOException("an endless line from QEMU's monitor");
            }
            line.write(c);
        }
        return Optional.of(Json.object(line.toString(StandardCharsets.UTF_8)));
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
