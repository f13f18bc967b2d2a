package dev.jvmm.runtime.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.vm.Outcome;
import dev.jvmm.vm.Outcome.Kind;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the monitor's words come to; the test speaks QEMU's part. */
@Timeout(60)
class QemuEndTest {
    @TempDir
    Path directory;

    private SocketChannel qemu;
    private QemuMonitor monitor;

    @BeforeEach
    void connect() throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("monitor"));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(address);
            qemu = SocketChannel.open(address);
            monitor = new QemuMonitor(server.accept());
        }
    }

    @AfterEach
    void disconnect() throws IOException {
        qemu.close();
        monitor.close();
    }

    private void say(String... lines) throws IOException {
        qemu.write(StandardCharsets.UTF_8.encode(String.join("\r\n", lines) + "\r\n"));
    }

    private QemuEnd followed() throws IOException {
        qemu.shutdownOutput();
        QemuEnd end = new QemuEnd(monitor);
        end.follow();
        return end;
    }

    private static String shutdown(String reason) {
        return "{\"timestamp\":{\"seconds\":1,\"microseconds\":2},\"event\":\"SHUTDOWN\",\"data\":{\"guest\":true,\"reason\":\""
                + reason + "\"}}";
    }

    @ParameterizedTest
    @CsvSource({
        "guest-shutdown,false,POWER_OFF",
        "guest-reset,false,RESET",
        "guest-panic,false,PANIC",
        "guest-reset,true,RESET",
        "host-signal,true,STOPPED",
        "host-qmp-quit,true,STOPPED",
        "host-signal,false,FAILED"
    })
    void theReasonTellsTheOutcome(String reason, boolean stopped, Kind kind) throws IOException {
        say("{\"event\":\"RESUME\"}", shutdown(reason), "{\"event\":\"STOP\"}");
        assertEquals(kind, followed().outcome(stopped, 0, "").kind());
    }

    @Test
    void anEndWithoutAWordIsAFailureWithQemusComplaints() throws IOException {
        Outcome outcome = followed().outcome(false, 134, "Assertion failed");
        assertEquals(new Outcome(Kind.FAILED, "QEMU ended with status 134: Assertion failed"), outcome);
        assertEquals(Kind.STOPPED, followed().outcome(true, 137, "").kind());
    }

    @Test
    void anErrorOfKvmIsAskedForAndHangs() throws IOException {
        say("{\"event\":\"STOP\"}", "{\"return\":{\"status\":\"internal-error\",\"running\":false}}");
        QemuEnd end = followed();
        assertTrue(end.hangs());
        BufferedReader asked = new BufferedReader(Channels.newReader(qemu, StandardCharsets.UTF_8));
        assertEquals("{\"execute\":\"query-status\"}", asked.readLine());
        assertEquals("KVM could not go on with the guest: KVM internal error. Suberror: 1",
                end.outcome(false, 137, "KVM internal error. Suberror: 1").detail());
    }

    @Test
    void aPauseIsNoEnd() throws IOException {
        say("{\"event\":\"STOP\"}", "{\"return\":{\"status\":\"paused\"}}", shutdown("guest-shutdown"));
        QemuEnd end = followed();
        assertFalse(end.hangs());
        assertEquals(Kind.POWER_OFF, end.outcome(false, 0, "").kind());
    }

    @Test
    void wordsThatAreNoMonitorsEndTheTalk() throws IOException {
        say("[1]", shutdown("guest-shutdown"));
        assertEquals(Kind.FAILED, followed().outcome(false, 1, "").kind());
    }

    @Test
    void theGreetingIsExpectedAndARefusalIsTold() throws IOException {
        say("{\"QMP\":{\"version\":{}}}", "{\"error\":{\"class\":\"GenericError\",\"desc\":\"not now\"}}");
        IOException e = assertThrows(IOException.class, monitor::open);
        assertEquals("QEMU refused qmp_capabilities: not now", e.getMessage());
    }

    @Test
    void vcpuThreadsAreReadAmongEvents() throws IOException {
        say("{\"event\":\"X\"}", "{\"return\":[{\"cpu-index\":1,\"thread-id\":77,\"props\":{\"a\":[null,1.5,true]}},"
                + "{\"cpu-index\":0,\"thread-id\":76},{\"cpu-index\":\"x\"}]}");
        assertEquals("{0=76, 1=77}", monitor.vcpuThreads().toString());
    }

    @Test
    void anEndlessLineIsRefused() throws Exception {
        Thread talker = new Thread(() -> {
            try {
                ByteBuffer chunk = ByteBuffer.allocate(1 << 16);
                while (qemu.write(chunk.clear()) > 0) {
                    continue;
                }
            } catch (IOException e) {
                // The other side has hung up, as it should.
            }
        });
        talker.start();
        assertTrue(assertThrows(IOException.class, monitor::receive).getMessage().contains("endless"));
        monitor.close();
        talker.join();
    }
}
