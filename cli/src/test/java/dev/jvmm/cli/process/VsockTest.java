package dev.jvmm.cli.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.cli.process.Jvmm.Result;
import dev.jvmm.testing.RequiresKvm;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** vsock of the default guest, as a person has it: clones of the template, each with its own number. */
@RequiresKvm
@Timeout(300)
class VsockTest {
    private static final int BYTES = 300_000;

    /** More than Linux sends before it has to hear that the host has room. */
    private static final int QUESTION = 600_000;

    @TempDir
    Path folder;

    private Path disk;
    private String setUp;
    private String path;

    @BeforeAll
    @Timeout(600)
    static void make() throws Exception {
        SharedTemplate.make();
    }

    /** Puts the program into a disk, as the guest has none for vsock. */
    @BeforeEach
    void build() throws Exception {
        new GuestTools(folder); // skips the test where there is no compiler
        Path program = folder.resolve("vsock");
        Process compiler = new ProcessBuilder("musl-gcc", "-static", "-Os", "-o", program.toString(),
                "src/test/c/vsock.c")
                .inheritIO().start();
        assertTrue(compiler.waitFor(60, TimeUnit.SECONDS) && compiler.exitValue() == 0);
        byte[] bytes = Files.readAllBytes(program);
        disk = Files.write(folder.resolve("disk"), Arrays.copyOf(bytes, (bytes.length + 4095) & -4096));
        setUp = "head -c " + bytes.length + " /dev/vda >/tmp/vsock; chmod +x /tmp/vsock; ";
        path = folder.resolve("v").toString();
    }

    private Jvmm jvmm(String vsock, String script) {
        return new Jvmm(folder, "boot", "--disk", "path=" + disk + ",ro", "--vsock", vsock, "--", "/bin/sh", "-c",
                setUp + script);
    }

    private static String sum(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)) + "  -\n";
    }

    @Test
    void theGuestAsksTheHost() throws Exception {
        byte[] content = new byte[BYTES];
        new Random(4).nextBytes(content);
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path + "_52"));
            CompletableFuture<String> question = CompletableFuture.supplyAsync(() -> {
                try (SocketChannel peer = server.accept()) {
                    String text = new String(Channels.newInputStream(peer).readAllBytes());
                    Channels.newOutputStream(peer).write(content);
                    return text;
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            Result result = jvmm("cid=77,uds=" + path,
                    "/tmp/vsock cid; head -c " + QUESTION + " /dev/zero | /tmp/vsock connect 2 52"
                            + " | sha256sum; /tmp/vsock connect 2 53 </dev/null 2>&1; true")
                    .run();
            assertEquals("", result.err());
            assertEquals("77\n" + sum(content) + "connect: Connection reset by peer\n", result.out());
            assertEquals("\0".repeat(QUESTION), question.get(10, TimeUnit.SECONDS));
        }
        assertFalse(Files.exists(Path.of(path)), "the socket goes with the machine");
    }

    @Test
    void theHostAsksTheGuest() throws Exception {
        Jvmm jvmm = jvmm("uds=" + path, "uname -s | /tmp/vsock listen 4096 2>&1");
        Process process = jvmm.start();
        jvmm.await(process, "out", "listening\n");
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            channel.write(ByteBuffer.wrap("CONNECT 4096\nthe host's word\n".getBytes()));
            channel.shutdownOutput();
            String said = new String(Channels.newInputStream(channel).readAllBytes());
            assertTrue(said.matches("OK \\d+\nLinux\n"), said);
        }
        assertEquals("listening\nthe host's word\n", jvmm.result(process).out());
    }

    /** What a signal ends leaves no socket; what is in the way is told. */
    @Test
    void theSocketGoesWithTheMachine() throws Exception {
        Jvmm jvmm = jvmm("uds=" + path, "echo up; cat");
        Process process = jvmm.startOnPipe();
        try {
            jvmm.await(process, "out", "up\n");
            Result second = new Jvmm(Files.createDirectory(folder.resolve("other")), "boot", "--vsock", "uds=" + path,
                    "--", "/bin/true").run();
            assertEquals(1, second.code());
            assertTrue(second.err().contains("in use"), second.err());
            Jvmm.signal(process, "TERM");
            jvmm.result(process);
            assertFalse(Files.exists(Path.of(path)));
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
