package dev.jvmm.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jvmm.agent.protocol.GuestProto;
import dev.jvmm.testing.RequiresNetworks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That the agent which is fuzzed can touch nothing of this host. */
@RequiresNetworks
class AgentConfinedTest {
    private static final int NOBODY = 65534;

    @TempDir
    private Path folder;

    @Test
    void theAgentThatIsFuzzedSeesNothingOfThisHost() throws IOException {
        NativeAgent host = NativeAgent.confined(folder);
        try (Agent agent = host.connect()) {
            assertEquals(List.of("bin", "dev", "etc", "run", "sock"), names(agent, "/"));
            assertEquals(List.of("null", "zero"), names(agent, "/dev"));
            assertEquals(List.of("agent.sock"), names(agent, "/sock"));
            // whoever is root there is nobody here
            assertEquals(NOBODY, Files.getAttribute(host.socket(), "unix:uid"));
        } finally {
            host.close();
        }
    }

    private static List<String> names(Agent agent, String path) throws IOException {
        return agent.ask(Agent.GUEST, "ListFolder", GuestProto.ListFolderRequest.newBuilder().setPath(path).build(),
                GuestProto.ListFolderResponse.parser()).getFilesList().stream().map(GuestProto.FileInfo::getName)
                .toList();
    }
}
