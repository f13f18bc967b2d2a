package dev.jvmm.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A stock guest and its host over vsock, by Unix sockets and by vhost: socat both ways with checksums and a pause in between, half-close,
 * messages, many connections at once and one after the other, peers that are killed, one that never reads. For more of it, an hour of it:
 * {@code -Djvmm.vsock.mib=1024 -Djvmm.vsock.connections=1000 -Djvmm.vsock.churn=5000 -Djunit.jupiter.execution.timeout.mode=disabled}.
 */
@RequiresLab
class VsockTest {
    private static final int MIB = Integer.getInteger("jvmm.vsock.mib", 2);
    private static final int CONNECTIONS = Integer.getInteger("jvmm.vsock.connections", 40);
    private static final int CHURN = Integer.getInteger("jvmm.vsock.churn", 40);
    private static final int SECONDS = 800 + 6 * MIB + CONNECTIONS + CHURN / 2;
    private static final int DEVICE_SECONDS = 300;
    private static final Path SCRIPTS = Path.of("src/test/scripts/vsock").toAbsolutePath();
    private static final List<String> MODULES = List.of("vsock", "vmw_vsock_virtio_transport_common",
            "vmw_vsock_virtio_transport");

    @TestFactory
    Stream<DynamicTest> kernelsDevices(LabMachine lab) {
        return OtherModules.run(lab, DEVICE_SECONDS, "-Djvmm.none=1", List.of("dev.jvmm.vsock.VhostVsockDeviceTest"));
    }

    @ParameterizedTest
    @ValueSource(strings = { "uds", "vhost" })
    void aStockGuestTalks(String way, @TempDir Path folder, LabMachine lab) throws IOException {
        LabTools tools = LabTools.find();
        Path initrd = tools.initrd(folder.resolve("initrd"), job(folder.resolve("job"), lab));
        List<String> command = new ArrayList<>(List.of(SCRIPTS.resolve("host.sh").toString(), way,
                tools.image().getParent().toString(), lab.file("cloud.kernel").toString(), initrd.toString(),
                Integer.toString(MIB), Integer.toString(CONNECTIONS), Integer.toString(CHURN)));
        command.addAll(LabMachine.java(List.of(), "dev.jvmm.cli.Main"));
        Finished run = lab.exec(SECONDS, command);
        Map<String, String> results = run.results();
        System.out.println("vsock, " + way + ": " + results);
        assertEquals(0, run.status(), run::toString);
        assertEquals("0", results.get("jvmm"), run::toString);
        assertEquals("ddo reven", results.get("asks"));
        assertEquals("ddo reven", results.get("asks-guest"));
        assertEquals("2:5999:_Connection_reset_by_peer", results.get("refused"));
        assertEquals("1", results.get("refused-guest"));
        assertEquals(results.get("out"), results.get("in"));
        assertEquals(results.get("sent"), results.get("received"));
        for (String side : List.of("", "-guest")) {
            assertEquals(Integer.toString(CONNECTIONS), results.get("many" + side));
            assertEquals(Integer.toString(CHURN), results.get("churn" + side));
        }
        assertEquals("80", results.get("messages"));
        assertEquals("stuck", results.get("parts"), "the guest's program that does not read was there");
        assertEquals("stuck", results.get("flood"), "nobody took what was sent to it");
        assertEquals("1", results.get("sender-ended"), "its program on the host was killed");
        assertEquals("yes", results.get("receiver-ended"), "its program in the guest was killed");
        assertEquals("level", new StringBuilder(results.get("after")).reverse().toString());
        assertEquals("0", results.get("left"), "the socket is gone with the machine");
    }

    /** The scripts, and the modules that the tools' initrd has not. */
    private static Path job(Path folder, LabMachine lab) throws IOException {
        Files.createDirectories(folder.resolve("modules"));
        for (String script : List.of("job", "vsock.pl")) {
            Files.copy(SCRIPTS.resolve(script), folder.resolve(script));
        }
        for (String module : MODULES) {
            Files.copy(lab.file("cloud.modules").resolve("kernel/net/vmw_vsock/" + module + ".ko"),
                    folder.resolve("modules/" + module + ".ko"));
        }
        return folder;
    }
}
