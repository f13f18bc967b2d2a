package dev.jvmm.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Networks whose frames the lab's kernel moves (vhost-net): a driver's every step, and a stock guest. {@code -Djvmm.net.mib=1024} for more.
 */
@RequiresLab
class VhostTest {
    private static final int SECONDS = 600;
    private static final int MIB = Integer.getInteger("jvmm.net.mib", 1);
    private static final Path SCRIPTS = Path.of("src/test/scripts/vhost").toAbsolutePath();

    @TestFactory
    Stream<DynamicTest> cards(LabMachine lab) {
        return OtherModules.run(lab, SECONDS, "-Djvmm.none=1", List.of("dev.jvmm.virtio.net.host.CardOnVhostTest"));
    }

    @Test
    void aStockGuestTalks(@TempDir Path folder, LabMachine lab) {
        LabTools tools = LabTools.find();
        Path initrd = tools.initrd(folder.resolve("initrd"), SCRIPTS);
        List<String> command = new ArrayList<>(List.of(SCRIPTS.resolve("host.sh").toString(),
                tools.image().getParent().toString(), lab.file("cloud.kernel").toString(), initrd.toString(),
                Integer.toString(MIB)));
        command.addAll(LabMachine.java(List.of(), "dev.jvmm.cli.Main"));
        Finished run = lab.exec(SECONDS, command);
        Map<String, String> results = run.results();
        System.out.println("vhost: " + results);
        assertEquals(0, run.status(), run::toString);
        assertEquals("0", results.get("jvmm"), run::toString);
        assertEquals("4", results.get("queues"));
        assertEquals("5", results.get("threads"), "one for each pair that the kernel serves");
        assertEquals("0", results.get("left"));
        for (String host : List.of("192.168.50.1", "192.168.51.1", "192.168.52.1")) {
            assertEquals("3", results.get("ping-" + host), run::toString);
            for (String load : List.of("tcp-out-", "tcp-in-", "udp-in-")) {
                assertTrue(results.get(load + host).matches("[1-9][0-9.]*_[KMG]?bits/sec"),
                        () -> load + host + results);
            }
        }
        for (int card = 0; card < 2; card++) {
            assertEquals(results.get("file"), results.get("got-" + card));
            assertEquals(results.get("file"), results.get("in-705" + card));
            assertEquals("3", results.get("again-" + card));
        }
    }
}
