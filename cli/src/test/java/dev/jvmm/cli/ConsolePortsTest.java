package dev.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.device.DeviceSpec;
import dev.jvmm.machine.KvmMachineFactory;
import dev.jvmm.machine.Machine;
import dev.jvmm.machine.MachineConfig;
import dev.jvmm.machine.MachineListener;
import dev.jvmm.machine.SerialHost;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.testing.RequiresKvm;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Linux's own driver behind a virtio console with a terminal and a named port. In the lab, {@code -Djvmm.rounds.kernel=FILE} is Debian's
 * kernel, {@code -Djvmm.console.initrd=FILE} runs the script there, and {@code -Djvmm.console.disk=FILE} has what it needs.
 */
@RequiresKvm
@Timeout(600)
class ConsolePortsTest {
    private static final Path SCRIPT = Path.of("src/test/scripts/console-ports");
    private static final int BYTES = 256 << 10;
    private static final long MILLIS = 240_000;

    @TempDir
    private Path folder;

    /** A guest that runs the script: this project's, or a stock one. */
    private interface Guest extends AutoCloseable {
        /** Waits for a line that begins so, and returns the rest of it. */
        String result(String name) throws InterruptedException;

        @Override
        void close();
    }

    private Guest guest(DeviceSpec console) throws IOException {
        String initrd = System.getProperty("jvmm.console.initrd");
        return initrd == null ? own(console) : stock(console, Path.of(initrd));
    }

    private static Guest own(DeviceSpec console) throws IOException {
        LiveGuest guest = new LiveGuest(List.of(console), Files.readString(SCRIPT));
        return new Guest() {
            @Override
            public String result(String name) throws InterruptedException {
                return rest(guest.awaitLine("RESULT " + name + " "), name);
            }

            @Override
            public void close() {
                guest.close();
            }
        };
    }

    private static Guest stock(DeviceSpec console, Path initrd) {
        TextConsole text = new TextConsole();
        MachineConfig config = MachineConfig.builder(Path.of(System.getProperty("jvmm.rounds.kernel")))
                .initrd(initrd)
                .commandLine("console=ttyS0 loglevel=1 panic=-1")
                .memory(MemoryOptions.ofSize(512L << 20))
                .devices(List.of(DeviceSpec.parse("disk", "ro,path=" + System.getProperty("jvmm.console.disk")),
                        console))
                .build();
        Machine machine = new KvmMachineFactory().create(config, new MachineListener() {}, text, SerialHost.NONE);
        machine.start();
        return new Guest() {
            @Override
            public String result(String name) throws InterruptedException {
                return rest(text.awaitLine("RESULT " + name + " ", MILLIS), name);
            }

            @Override
            public void close() {
                machine.close();
            }
        };
    }

    private static String rest(String text, String name) {
        String start = "RESULT " + name + " ";
        assertTrue(text.startsWith(start), text);
        return text.substring(start.length()).strip();
    }

    private SocketChannel connect(String name) throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve(name)));
    }

    private static void write(SocketChannel to, byte[] bytes) throws IOException {
        ByteBuffer all = ByteBuffer.wrap(bytes);
        while (all.hasRemaining()) {
            to.write(all);
        }
    }

    private static byte[] read(SocketChannel from, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining() && from.read(bytes) >= 0) {
            // until all is there
        }
        return bytes.array();
    }

    private static String sum(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void terminalsAndPortsCarryBytes() throws Exception {
        byte[] noise = new byte[BYTES];
        new Random(1).nextBytes(noise);
        DeviceSpec console = DeviceSpec.parse("virtio-console", "columns=132,rows=43,socket=" + folder.resolve("tty")
                + ",port=org.jvmm.test:" + folder.resolve("port"));
        try (Guest guest = guest(console);
                SocketChannel terminal = connect("tty");
                SocketChannel port = connect("port")) {
            // Linux before 6.16 has them in the other order.
            assertTrue(List.of("43 132", "132 43").contains(guest.result("size")));
            assertTrue(guest.result("ready").startsWith("/dev/vport"));
            write(port, noise);
            assertEquals(sum(noise), guest.result("in"));
            byte[] back = read(port, BYTES);
            assertEquals(guest.result("out"), sum(back));
            write(port, ascii("one line\n"));
            assertEquals("one line", guest.result("told"));
            write(terminal, ascii("you\n"));
            assertEquals("heard you\n", new String(read(terminal, 10), StandardCharsets.US_ASCII));
        }
    }
}
