package dev.jvmm.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.MessageLite;
import dev.jvmm.testing.RequiresNetworks;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** One agent for a class of tests, which must be alive behind each of them. */
@RequiresNetworks
abstract class AgentTestBase {
    @TempDir
    static Path folder;
    static NativeAgent host;
    Agent agent;

    @BeforeAll
    static void start() throws IOException {
        host = new NativeAgent(folder);
    }

    @AfterAll
    static void stop() {
        host.close();
    }

    @BeforeEach
    void connect() throws IOException {
        agent = host.connect();
    }

    @AfterEach
    void disconnect() {
        agent.close();
        assertTrue(host.isAlive(), host::log);
    }

    void kata(String method, MessageLite request) throws IOException {
        agent.tell(Agent.KATA, method, request);
    }

    void guest(String method, MessageLite request) throws IOException {
        agent.tell(Agent.GUEST, method, request);
    }

    void refused(int code, String service, String method, MessageLite request) {
        var refusal = assertThrows(AgentException.class, () -> agent.tell(service, method, request));
        assertEquals(code, refusal.code(), refusal.getMessage());
    }

    String shell(String script) throws IOException {
        return NativeAgent.run(agent, NativeAgent.shell(script)).output();
    }
}
