package dev.jvmm.agent;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.ByteString;
import dev.jvmm.agent.protocol.TtrpcProto;
import dev.jvmm.testing.RequiresNetworks;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/**
 * Arbitrary bytes for the agent, as frames and as messages of every call but the one that ends it. The agent is confined: it sees
 * nothing of this host. Whatever came, it lives, and another client is served.
 */
@RequiresNetworks
class AgentFuzzTest {
    private static final String[] CALLS = { "WaitProcess", "ReadStdout", "ReadStderr", "WriteStdin", "CloseStdin",
        "SignalProcess", "TtyWinResize", "UpdateInterface", "UpdateRoutes", "AddARPNeighbors", "GetVolumeStats",
        "GetGuestDetails", "CreateContainer", "StartContainer", "RemoveContainer", "UpdateContainer", "PauseContainer",
        "ResumeContainer", "StatsContainer", "GetOOMEvent", "ExecProcess", "CopyFile", "CreateSandbox",
        "DestroySandbox",
        "UpdateEphemeralMounts", "ResizeVolume", "AddSwap", "SetPolicy", "GetIPTables", "SetIPTables", "OnlineCPUMem" };
    private static NativeAgent host;
    private static Agent other;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        host = NativeAgent.confined(folder);
        other = host.connect();
    }

    @AfterAll
    static void stop() {
        other.close();
        host.close();
    }

    @FuzzTest
    void frames(FuzzedDataProvider data) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(host.socket()));
            while (data.remainingBytes() > 0) {
                byte[] message = data.consumeBoolean() ? call(data) : data.consumeBytes(64);
                int length = data.consumeInt(0, 20) == 0 ? data.consumeInt() : message.length;
                int stream = data.consumeInt();
                byte type = data.consumeInt(0, 9) == 0 ? data.consumeByte() : 1;
                ByteBuffer frame = ByteBuffer.allocate(10 + message.length).putInt(length).putInt(stream).put(type)
                        .put((byte) 0)
                        .put(message).flip();
                while (frame.hasRemaining()) {
                    channel.write(frame);
                }
            }
        } catch (IOException e) {
            // the agent may well hang up
        }
        assertTrue(host.isAlive(), host::log);
        other.facts();
    }

    private static byte[] call(FuzzedDataProvider data) {
        return TtrpcProto.Request.newBuilder().setService(Agent.KATA).setMethod(data.pickValue(CALLS))
                .setPayload(ByteString.copyFrom(data.consumeBytes(200))).build().toByteArray();
    }
}
