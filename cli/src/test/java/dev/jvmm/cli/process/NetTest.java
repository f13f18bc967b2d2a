package dev.jvmm.cli.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.jvmm.cli.process.Jvmm.Result;
import dev.jvmm.linux.NetNamespace;
import dev.jvmm.testing.RequiresKvm;
import dev.jvmm.testing.RequiresNetworks;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Networks of the default guest, as a person has them: ping, and HTTP both ways. */
@RequiresKvm
@Timeout(300)
class NetTest {
    private static final int BYTES = 300_000;
    private static final int GUEST_PORT = 80;

    /** Serves half a mebibyte of its own until its input ends. */
    private static final String SERVE = "dd if=/dev/urandom of=/tmp/noise bs=64k count=8 2>/dev/null; sha256sum </tmp/noise;"
            + " httpd -h /tmp; echo serving; cat";

    @TempDir
    Path folder;

    private final byte[] content = new byte[BYTES];

    @BeforeAll
    @Timeout(600)
    static void make() throws Exception {
        SharedTemplate.make();
    }

    @BeforeEach
    void fill() {
        new Random(7).nextBytes(content);
    }

    private static String sum(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)) + "  -\n";
    }

    private HttpServer serve(InetSocketAddress address) {
        try {
            HttpServer server = HttpServer.create(address, 0);
            server.createContext("/", exchange -> {
                exchange.sendResponseHeaders(200, content.length);
                exchange.getResponseBody().write(content);
                exchange.close();
            });
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static byte[] get(String url) {
        try (InputStream in = URI.create(url).toURL().openStream()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Jvmm jvmm(String net, String script) {
        return new Jvmm(folder, "boot", "--net", net, "--", "/bin/sh", "-c", script)
                .with("XDG_RUNTIME_DIR", folder.toString());
    }

    /** Lets the guest fetch, and returns what {@code get} finds there, after a check of both. */
    private interface Fetch {
        byte[] from(int port);
    }

    private void fetchBothWays(Jvmm jvmm, Fetch fetch) throws Exception {
        Process process = jvmm.startOnPipe();
        try {
            jvmm.await(process, "out", "serving\n");
            byte[] noise = fetch.from(GUEST_PORT);
            process.getOutputStream().close();
            Result result = jvmm.result(process);
            assertEquals("", result.err());
            assertEquals("1 packets received\n" + sum(content) + sum(noise) + "serving\n", result.out());
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private static String script(String before, String host, int port) {
        return before + "ping -c 1 -W 10 " + host.replace("[", "").replace("]", "")
                + " | grep -o '1 packets received'; wget -q -O - http://" + host + ":" + port + "/ | sha256sum; "
                + SERVE;
    }

    @Test
    void theUserNetworkNeedsNothing() throws Exception {
        int port = freePort();
        HttpServer server = serve(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
        try {
            fetchBothWays(
                    jvmm("user,hostfwd=tcp:127.0.0.1:" + port + "-:80",
                            script("", "10.0.2.2", server.getAddress().getPort())),
                    guestPort -> get("http://127.0.0.1:" + port + "/noise"));
        } finally {
            server.stop(0);
        }
    }

    @Test
    void eachCloneHasItsOwnAddress() throws Exception {
        String script = "cat /sys/class/net/eth0/address; ls /sys/class/net; sed -n 's/nameserver //p' /etc/resolv.conf";
        String first = new Jvmm(folder, "boot", "--net", "--", "/bin/sh", "-c", script).run().out();
        String second = new Jvmm(folder, "boot", "--net", "--net", "user,mac=52:54:00:12:34:56", "--", "/bin/sh", "-c",
                script + "; cat /sys/class/net/eth1/address").run().out();
        assertTrue(first.endsWith("\neth0\nlo\n10.0.2.3\n"), first);
        assertTrue(second.endsWith("\neth0\neth1\nlo\n10.0.2.3\n52:54:00:12:34:56\n"), second);
        assertTrue(!first.substring(0, 17).equals(second.substring(0, 17)), first);
    }

    @Test
    void mistakesAreExplained() throws Exception {
        for (List<String> mistake : List.of(
                List.of("user,tap=a", "'user' and 'tap' are two networks: give one of them"),
                List.of("tap=a,hostfwd=tcp::1-:2", "'hostfwd' goes with 'user', not with 'tap'"),
                List.of("user,hostfwd=tcp::1-:99999", "'99999' in 'tcp::1-:99999' is no port"),
                List.of("user,mac=01:00:5e:00:00:01", "give one of a single card"),
                List.of("user,mac=52:54", "six pairs of hexadecimal digits"),
                List.of("user,mtu=5", "'5' is not a whole number from 68 to 65535"),
                List.of("tab=x", "did you mean 'tap'?"))) {
            Result result = jvmm(mistake.get(0), "true").run();
            assertEquals(2, result.code(), result.err());
            assertTrue(result.err().contains(mistake.get(1)), result.err());
        }
    }

    /** What is made in network namespaces of the test's own. */
    @Nested
    @RequiresNetworks
    class InNamespaces {
        private final NetNamespace outside = NetNamespace.create();
        private final NetNamespace inside = NetNamespace.create();

        @AfterEach
        void close() {
            outside.close();
            inside.close();
        }

        private void ip(NetNamespace namespace, String words) throws Exception {
            Process process = new ProcessBuilder("nsenter", "--net=" + namespace.path(), "sh", "-ec", words)
                    .inheritIO()
                    .start();
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
            assertEquals(0, process.exitValue(), words);
        }

        private String output(NetNamespace namespace, String words) throws Exception {
            Process process = new ProcessBuilder("nsenter", "--net=" + namespace.path(), "sh", "-ec", words).start();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), words);
            return text;
        }

        /** Both ends with an address each, the guest as 192.168.77.2; waits for the far one to come up. */
        private void cable() throws Exception {
            ip(inside, "ip link add near type veth peer name far; ip link set far netns " + outside.path()
                    + "; ip link set near mtu 1400 address 02:00:00:00:00:77 up");
            ip(outside, "ip addr add 192.168.77.1/24 dev far; ip link set far mtu 1400 up");
        }

        private void talk(NetNamespace host, String net) throws Exception {
            HttpServer server = host.call(() -> serve(new InetSocketAddress("192.168.77.1", 0)));
            try {
                fetchBothWays(
                        jvmm(net + ",netns=" + inside.path(),
                                script("ip addr add 192.168.77.2/24 dev eth0; ", "192.168.77.1",
                                        server.getAddress().getPort())),
                        port -> host.call(() -> get("http://192.168.77.2:" + port + "/noise")));
            } finally {
                server.stop(0);
            }
        }

        @Test
        void aTapThatIsThere() throws Exception {
            ip(inside,
                    "ip tuntap add there mode tap vnet_hdr; ip addr add 192.168.77.1/24 dev there; ip link set there up");
            talk(inside, "tap=there");
            assertTrue(output(inside, "ip -o link").contains("there"));
        }

        @Test
        void aMacvtapOnACable() throws Exception {
            cable();
            talk(outside, "macvtap=near");
            assertEquals(2, output(inside, "ip -o link").lines().count(), "the macvtap is gone");
        }

        @Test
        void theGuestInPlaceOfACablesEnd() throws Exception {
            cable();
            talk(outside, "tcfilter=near");
            assertEquals(2, output(inside, "ip -o link").lines().count(), "the TAP is gone");
            assertEquals("", output(inside, "tc qdisc show dev near ingress"));
        }

        @Test
        void whatIsNotThereIsExplained() throws Exception {
            Result result = jvmm("tcfilter=nothing,netns=" + inside.path(), "true").run();
            assertEquals(1, result.code());
            assertTrue(result.err().contains("nothing"), result.err());
            Result gone = jvmm("tap=x,netns=/nowhere", "true").run();
            assertEquals(1, gone.code());
            assertTrue(gone.err().contains("/nowhere"), gone.err());
        }
    }
}
