package dev.jvmm.agent;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.agent.protocol.AgentProto;
import dev.jvmm.agent.protocol.OciProto;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;

/**
 * The agent of the default guest's image as a process of this host, PID 1 of namespaces of its own, on a Unix socket. It can set
 * neither the clock nor load modules. {@code JVMM_AGENT=FILE} in the environment names another binary.
 */
final class NativeAgent implements AutoCloseable {
    private static final String NOBODY = "65534";
    private static final AtomicInteger IDS = new AtomicInteger();

    private final Process process;
    private final Path folder;

    NativeAgent(Path folder) throws IOException {
        this(folder, List.of("unshare", "--fork", "--pid", "--mount", "--net", "--uts", "--ipc", "--cgroup",
                "--kill-child",
                "--mount-proc", "setpriv", "--bounding-set", "-sys_time,-sys_module,-sys_boot", "--inh-caps",
                "-sys_time,-sys_module,-sys_boot", binary(folder).toString(), "--listen",
                "unix:" + Files.createDirectories(folder.resolve("sock")).resolve("agent.sock")));
    }

    private NativeAgent(Path folder, List<String> command) throws IOException {
        this.folder = folder;
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        for (int i = 0; i < 500 && !Files.exists(socket()); i++) {
            pause();
        }
    }

    /**
     * An agent that sees nothing of this host but a folder of its own and two devices, and is nobody here: for inputs that are not known
     * before. Its root is a file system in memory, without {@code /proc} and {@code /sys}.
     */
    static NativeAgent confined(Path folder) throws IOException {
        return new NativeAgent(folder, List.of("setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups",
                "unshare", "--user", "--map-root-user", "--fork", "--pid", "--mount", "--net", "--uts", "--ipc",
                "--cgroup",
                "--kill-child", "sh", confinement(folder).toString()));
    }

    private static Path confinement(Path folder) throws IOException {
        Files.createDirectories(folder.resolve("root"));
        Path busybox = Files.write(folder.resolve("busybox"), fromImage("bin/busybox"));
        assertTrue(busybox.toFile().setExecutable(true, false));
        assertTrue(folder.toFile().setExecutable(true, false) && folder.toFile().setReadable(true, false));
        Path socket = Files.createDirectories(folder.resolve("sock"));
        Files.setAttribute(socket, "unix:uid", Integer.parseInt(NOBODY));
        Path script = folder.resolve("confine");
        Files.writeString(script, """
                set -e
                cd FOLDER
                mount -t tmpfs none root
                mkdir -p root/bin root/dev root/run root/sock root/old root/etc
                cp busybox root/bin/busybox
                cp BINARY root/bin/jvmm-agent
                touch root/dev/null root/dev/zero
                mount --bind /dev/null root/dev/null
                mount --bind /dev/zero root/dev/zero
                mount --bind sock root/sock
                cd root
                pivot_root . old
                exec /bin/busybox sh -c 'busybox umount -l /old && busybox rmdir /old && cd / &&
                        exec /bin/jvmm-agent --listen unix:/sock/agent.sock'
                """.replace("FOLDER", folder.toString()).replace("BINARY", binary(folder).toString()));
        return script;
    }

    private static Path binary(Path folder) throws IOException {
        String named = System.getenv("JVMM_AGENT");
        if (named != null) {
            return Path.of(named);
        }
        Path file = folder.resolve("jvmm-agent");
        Files.write(file, fromImage("bin/jvmm-agent"));
        file.toFile().setExecutable(true);
        return file;
    }

    /** One file of the initramfs, in cpio's "new ASCII" format: fourteen numbers of eight digits behind the magic one. */
    static byte[] fromImage(String wanted) throws IOException {
        try (InputStream image = NativeAgent.class.getResourceAsStream("/dev/jvmm/guest/initramfs.cpio.gz");
                InputStream in = new GZIPInputStream(image)) {
            while (true) {
                String header = new String(in.readNBytes(110), StandardCharsets.US_ASCII);
                int size = Integer.parseInt(header.substring(54, 62), 16);
                int nameSize = Integer.parseInt(header.substring(94, 102), 16);
                String name = new String(in.readNBytes(nameSize - 1), StandardCharsets.UTF_8);
                in.skipNBytes(1 + (4 - (110 + nameSize) % 4) % 4);
                byte[] data = in.readNBytes(size);
                in.skipNBytes((4 - size % 4) % 4);
                if (name.equals(wanted)) {
                    return data;
                }
                if (name.equals("TRAILER!!!")) {
                    throw new IOException("there is no " + wanted + " in the initramfs");
                }
            }
        }
    }

    Path socket() {
        return folder.resolve("sock/agent.sock");
    }

    /** The socket's file is there a moment before anybody listens. */
    Agent connect() throws IOException {
        for (int i = 0; i < 500; i++) {
            try {
                return AgentAddress.unix(socket());
            } catch (ConnectException e) {
                pause();
            }
        }
        return AgentAddress.unix(socket());
    }

    boolean isAlive() {
        return process.isAlive();
    }

    boolean awaitEnd() {
        try {
            return process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    String log() {
        try {
            return Files.readString(folder.resolve("log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void pause() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static String newId() {
        return "test-" + IDS.incrementAndGet();
    }

    static AgentProto.ExecProcessRequest exec(OciProto.Process.Builder process) {
        return AgentProto.ExecProcessRequest.newBuilder().setExecId(newId()).setProcess(process).build();
    }

    static OciProto.Process.Builder program(String... words) {
        return OciProto.Process.newBuilder().addAllArgs(List.of(words));
    }

    static OciProto.Process.Builder shell(String script) {
        return program("sh", "-c", script);
    }

    /** What a program has said, and how it ended. */
    record Ended(int code, String output, String errors) {}

    static Ended run(Agent agent, OciProto.Process.Builder process, String input) throws IOException {
        AgentProcess started = agent.start(exec(process));
        started.awaitStart();
        return finish(started, input);
    }

    static Ended run(Agent agent, OciProto.Process.Builder process) throws IOException {
        return run(agent, process, "");
    }

    static Ended finish(AgentProcess started, String input) throws IOException {
        var output = new ByteArrayOutputStream();
        var errors = new ByteArrayOutputStream();
        var threads = new ArrayList<Thread>();
        threads.add(Thread.ofPlatform().start(() -> quietly(() -> started.copyErrors(errors))));
        threads.add(Thread.ofPlatform().start(() -> quietly(
                () -> started.copyInput(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8))))));
        started.copyOutput(output);
        int code = started.awaitEnd();
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        return new Ended(code, output.toString(StandardCharsets.UTF_8), errors.toString(StandardCharsets.UTF_8));
    }

    interface Work {
        void run() throws IOException;
    }

    private static void quietly(Work work) {
        try {
            work.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        awaitEnd();
    }
}
