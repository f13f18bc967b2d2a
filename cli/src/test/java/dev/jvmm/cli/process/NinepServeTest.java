package dev.jvmm.cli.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.cli.process.Jvmm.Result;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code jvmm 9p serve} as a person starts it. */
@Timeout(120)
class NinepServeTest {
    /** Tversion with an msize of 8192, and what is answered. */
    private static final String VERSION = "15000000" + "64" + "ffff" + "00200000" + "0800" + "3950323030302e4c";
    private static final String ANSWER = "15000000" + "65" + "ffff" + "00200000" + "0800" + "3950323030302e4c";

    @TempDir
    Path folder;

    private static String answer(SocketAddress address) throws IOException {
        try (SocketChannel channel = SocketChannel.open(address)) {
            channel.write(ByteBuffer.wrap(HexFormat.of().parseHex(VERSION)));
            ByteBuffer bytes = ByteBuffer.allocate(ANSWER.length() / 2);
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
                // all of it
            }
            return HexFormat.of().formatHex(bytes.array(), 0, bytes.position());
        }
    }

    @ParameterizedTest
    @CsvSource({ "TERM, 143", "INT, 130" })
    void aUnixSocketIsServedUntilASignalComes(String signal, int code) throws Exception {
        Path socket = folder.resolve("socket");
        Jvmm serve = new Jvmm(folder, "9p", "serve", "--listen", "unix:" + socket, "--ro", folder.toString());
        Process process = serve.start();
        serve.await(process, "out", "listening on unix:" + socket + "\n");
        assertEquals(ANSWER, answer(UnixDomainSocketAddress.of(socket)));
        try (SocketChannel open = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            Jvmm.signal(process, signal);
            Result result = serve.result(process);
            assertEquals("", result.err());
            assertEquals(code, result.code());
            assertTrue(open.isOpen());
        }
        assertFalse(Files.exists(socket));
    }

    @Test
    void aFreePortOfTcp() throws Exception {
        Jvmm serve = new Jvmm(folder, "9p", "serve", "--listen", "tcp:127.0.0.1:0", "--ids=mapped", "--msize=64K",
                folder.toString());
        Process process = serve.start();
        serve.await(process, "out", "\n");
        String line = serve.text("out");
        assertTrue(line.matches("listening on tcp:127\\.0\\.0\\.1:\\d+\n"), line);
        int port = Integer.parseInt(line.strip().substring(line.lastIndexOf(':') + 1));
        assertEquals(ANSWER, answer(new InetSocketAddress("127.0.0.1", port)));
        Jvmm.signal(process, "TERM");
        assertEquals(143, serve.result(process).code());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--listen tcp:localhost           | 2 | give unix:PATH or tcp:HOST:PORT",
        "--listen tcp:127.0.0.1:70000     | 2 | give unix:PATH or tcp:HOST:PORT",
        "--listen file:x                  | 2 | give unix:PATH or tcp:HOST:PORT",
        "--listen unix:x --msize 2M       | 2 | give a size from 4K to 1M",
        "--listen unix:x --ids root       | 2 | give passthrough or mapped",
        "--listen unix:x --clients 0      | 2 | give a number between 1 and 1024",
        "--ro                             | 2 | Missing required option",
        "--listen unix:/proc/none/socket  | 1 | --listen unix:/proc/none/socket" })
    void whatIsWrongIsSaid(String options, int code, String why) throws Exception {
        String[] words = ("9p serve " + options.strip() + " " + folder).split(" ");
        Result result = new Jvmm(folder, words).run();
        assertEquals(code, result.code());
        assertTrue(result.err().contains(why), result.err());
    }

    @Test
    void aDirectoryThatIsNotThereIsSaid() throws Exception {
        Result result = new Jvmm(folder, "9p", "serve", "--listen", "unix:" + folder.resolve("s"), "/does/not/exist")
                .run();
        assertEquals(1, result.code());
        assertTrue(result.err().contains("/does/not/exist"), result.err());
    }
}
