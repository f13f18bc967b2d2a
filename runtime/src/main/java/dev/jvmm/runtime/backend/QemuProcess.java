package dev.jvmm.runtime.backend;

import dev.jvmm.runtime.Console;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * A QEMU that runs: its process, its console, its complaints and the socket that its monitor calls. The process ends with this
 * JVM, unless that is killed by SIGKILL.
 */
final class QemuProcess implements AutoCloseable {
    private static final String SOCKET = "monitor";

    private final Path directory;
    private final ServerSocketChannel server;
    private final Process process;
    private final OutputTail complaints;
    private final Console console;
    private final Thread onExit;

    private QemuProcess(Path directory, ServerSocketChannel server, Process process) {
        this.directory = directory;
        this.server = server;
        this.process = process;
        this.complaints = new OutputTail(process.getErrorStream(), "qemu-stderr");
        this.console = new Console(process.getInputStream(), new Unbuffered(process.getOutputStream()));
        this.onExit = new Thread(this::atExit, "qemu-at-exit");
    }

    /** @param command makes the command line, given the path of the monitor's socket */
    static QemuProcess start(Function<Path, List<String>> command) throws IOException {
        Path directory = Files.createTempDirectory("jvmm-qemu-");
        ServerSocketChannel server = null;
        try {
            server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            Path socket = directory.resolve(SOCKET);
            server.bind(UnixDomainSocketAddress.of(socket));
            Process process = new ProcessBuilder(command.apply(socket)).start();
            QemuProcess started = new QemuProcess(directory, server, process);
            started.watch();
            return started;
        } catch (IOException | RuntimeException e) {
            if (server != null) {
                server.close();
            }
            delete(directory);
            throw e;
        }
    }

    private void watch() {
        try {
            Runtime.getRuntime().addShutdownHook(onExit);
        } catch (IllegalStateException e) {
            // The JVM ends already: no hook would run any more.
            atExit();
        }
        // Frees whoever waits in acceptMonitor for a QEMU that died before it called.
        process.onExit().thenRun(this::closeServer);
    }

    private void atExit() {
        kill();
        delete(directory);
    }

    private void closeServer() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for the monitor's call; fails when the process ends instead. */
    QemuMonitor acceptMonitor() throws IOException {
        return new QemuMonitor(server.accept());
    }

    Console console() {
        return console;
    }

    long pid() {
        return process.pid();
    }

    /** Asks the process to end (SIGTERM). By its handle: {@link Process#destroy} would close the console too. */
    void terminate() {
        process.toHandle().destroy();
    }

    /** Ends the process (SIGKILL). */
    void kill() {
        process.toHandle().destroyForcibly();
    }

    /** Waits for the process to end; returns its exit status. */
    int awaitExit() throws InterruptedException {
        return process.waitFor();
    }

    /** What the process wrote to its standard error, the end of it. */
    String complaints() throws InterruptedException {
        return complaints.text(!process.isAlive());
    }

    /** Kills the process if need be, and removes what it used. What its console said last can still be read. */
    @Override
    public void close() {
        kill();
        try {
            Runtime.getRuntime().removeShutdownHook(onExit);
        } catch (IllegalStateException e) {
            // The JVM ends: the hook runs or has run.
        }
        closeServer();
        delete(directory);
    }

    private static void delete(Path directory) {
        try {
            Files.deleteIfExists(directory.resolve(SOCKET));
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Hands every write on at once: a key that is pressed must not wait for the next one. */
    private static final class Unbuffered extends FilterOutputStream {
        Unbuffered(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int value) throws IOException {
            out.write(value);
            out.flush();
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            out.flush();
        }
    }
}
