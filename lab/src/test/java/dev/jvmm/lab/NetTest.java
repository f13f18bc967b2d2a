package dev.jvmm.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A stock guest on TAPs with one and with four queue pairs, and on the user network: ping, iperf3, HTTP, many connections at once, a link
 * that loses and reorders. For more of it, an hour of it: {@code -Djvmm.net.mib=1024 -Djvmm.net.mtu=9000}, or two hours with the usual MTU,
 * {@code -Djvmm.net.requests=2500}, which is of each of four addresses, {@code -Djvmm.net.connections=1000 -Djvmm.lab.seconds=9000
 * -Djunit.jupiter.execution.timeout.mode=disabled}.
 */
@RequiresLab
class NetTest {
    private static final int MIB = Integer.getInteger("jvmm.net.mib", 1);
    private static final int REQUESTS = Integer.getInteger("jvmm.net.requests", 20);
    private static final int SECONDS = 800 + 6 * MIB + REQUESTS;
    private static final int CONNECTIONS = Integer.getInteger("jvmm.net.connections", 200);
    private static final int MTU = Integer.getInteger("jvmm.net.mtu", 1500);
    private static final Path SCRIPTS = Path.of("src/test/scripts/net").toAbsolutePath();

    @Test
    void aStockGuestTalks(@TempDir Path folder, LabMachine lab) {
        LabTools tools = LabTools.find();
        Path initrd = tools.initrd(folder.resolve("initrd"), SCRIPTS);
        List<String> command = new ArrayList<>(List.of(SCRIPTS.resolve("host.sh").toString(),
                tools.image().getParent().toString(), lab.file("cloud.kernel").toString(), initrd.toString(),
                Integer.toString(MIB), Integer.toString(REQUESTS), Integer.toString(CONNECTIONS),
                Integer.toString(MTU)));
        command.addAll(LabMachine.java(List.of(), "dev.jvmm.cli.Main"));
        Finished run = lab.exec(SECONDS, command);
        Map<String, String> results = run.results();
        System.out.println("net: " + results);
        assertEquals(0, run.status(), run::toString);
        assertEquals("0", results.get("jvmm"), run::toString);
        assertEquals("9000", results.get("mtu"));
        assertEquals("4", results.get("queues"));
        for (String what : List.of("192.168.50.1", "192.168.51.1", "10.0.2.2", "large", "fd50::1", "fec0::2")) {
            assertEquals("3", results.get("ping-" + what), what);
        }
        for (String host : List.of("192.168.50.1", "192.168.51.1", "10.0.2.2")) {
            for (String load : List.of("tcp-out-", "tcp-in-", "udp-out-", "udp-in-")) {
                assertTrue(results.get(load + host).matches("[1-9][0-9.]*_[KMG]?bits/sec"),
                        () -> load + host + results);
            }
        }
        for (String host : List.of("192.168.50.1", "10.0.2.2", "fec0::2", "fd50::1")) {
            assertEquals(Integer.toString(REQUESTS), results.get("get-" + host), host);
        }
        for (String host : List.of("192.168.50.1", "10.0.2.2")) {
            assertEquals(Integer.toString(CONNECTIONS), results.get("many-" + host), host);
        }
        assertEquals(results.get("sent"), results.get("received"));
        assertEquals(results.get("out"), results.get("in"));
    }
}
