package dev.jvmm.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.jvmm.agent.protocol.AgentProto;
import dev.jvmm.agent.protocol.HealthProto;
import dev.jvmm.agent.protocol.TtrpcProto;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What makes no sense gets an error for an answer, on a connection that goes on, from an agent that lives on. */
class AgentMalformedTest extends AgentTestBase {
    private SocketChannel raw;

    @BeforeEach
    void open() throws IOException {
        raw = SocketChannel.open(StandardProtocolFamily.UNIX);
        raw.connect(UnixDomainSocketAddress.of(host.socket()));
    }

    @AfterEach
    void closeAndAskWhetherItLives() throws IOException {
        raw.close();
        agent.facts();
    }

    private void write(int length, int stream, int type, byte[] data) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(10 + data.length).putInt(length).putInt(stream).put((byte) type)
                .put((byte) 0)
                .put(data).flip();
        while (frame.hasRemaining()) {
            raw.write(frame);
        }
    }

    private TtrpcProto.Response answer(int stream) throws IOException {
        ByteBuffer header = read(10);
        int length = header.getInt();
        assertEquals(stream, header.getInt());
        assertEquals(2, header.get());
        return TtrpcProto.Response.parseFrom(read(length).array());
    }

    private ByteBuffer read(int length) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(length);
        while (into.hasRemaining()) {
            assertTrue(raw.read(into) >= 0, "the connection is closed");
        }
        return into.flip();
    }

    private void goesOn(int stream) throws IOException {
        byte[] health = request(Agent.HEALTH, "Check", HealthProto.CheckRequest.getDefaultInstance());
        write(health.length, stream, 1, health);
        assertEquals(0, answer(stream).getStatus().getCode());
    }

    private static byte[] request(String service, String method, MessageLite message) {
        return TtrpcProto.Request.newBuilder().setService(service).setMethod(method).setPayload(message.toByteString())
                .build()
                .toByteArray();
    }

    @Test
    void framesOfOtherTypesAndStreams() throws IOException {
        byte[] data = { 1, 2, 3 };
        write(3, 1, 3, data);
        assertEquals(AgentException.INVALID_ARGUMENT, answer(1).getStatus().getCode());
        write(3, 3, 2, data);
        assertEquals(AgentException.INVALID_ARGUMENT, answer(3).getStatus().getCode());
        write(3, 4, 1, data);
        assertEquals(AgentException.INVALID_ARGUMENT, answer(4).getStatus().getCode());
        goesOn(5);
    }

    @Test
    void frameWithoutARequest() throws IOException {
        write(0, 1, 1, new byte[0]);
        assertEquals(AgentException.UNIMPLEMENTED, answer(1).getStatus().getCode());
        write(4, 3, 1, new byte[]{ 0x0A, 0x7F, 'x', 'y' });
        assertEquals(AgentException.INVALID_ARGUMENT, answer(3).getStatus().getCode());
        goesOn(5);
    }

    @Test
    void aFrameThatIsTooLongIsSkipped() throws IOException {
        write(5 << 20, 1, 1, new byte[5 << 20]);
        assertEquals(AgentException.RESOURCE_EXHAUSTED, answer(1).getStatus().getCode());
        goesOn(3);
    }

    @Test
    void aLengthOfFourGigabytesTakesNoMemory() throws IOException {
        write(-1, 1, 1, new byte[100_000]);
        assertEquals(AgentException.RESOURCE_EXHAUSTED, answer(1).getStatus().getCode());
    }

    @Test
    void aFrameInPieces() throws IOException {
        byte[] health = request(Agent.HEALTH, "Check", HealthProto.CheckRequest.getDefaultInstance());
        ByteBuffer frame = ByteBuffer.allocate(10 + health.length).putInt(health.length).putInt(7).put((byte) 1)
                .put((byte) 0)
                .put(health).flip();
        while (frame.hasRemaining()) {
            raw.write(frame.slice(frame.position(), 1));
            frame.position(frame.position() + 1);
        }
        assertEquals(0, answer(7).getStatus().getCode());
    }

    /** Two bytes each that become structures of hundreds. */
    @Test
    void aMessageThatWouldTakeMuchMemory() throws IOException {
        byte[] empty = { 0x1A, 0 };
        byte[] many = new byte[4_000_000];
        for (int i = 0; i < many.length; i += empty.length) {
            System.arraycopy(empty, 0, many, i, empty.length);
        }
        byte[] request = TtrpcProto.Request.newBuilder().setService(Agent.KATA).setMethod("CreateSandbox")
                .setPayload(ByteString.copyFrom(many)).build().toByteArray();
        write(request.length, 1, 1, request);
        assertEquals(AgentException.INVALID_ARGUMENT, answer(1).getStatus().getCode());
        goesOn(3);
    }

    @Test
    void payloadsThatAreNoMessages() throws IOException {
        var random = new Random(7);
        int stream = 1;
        for (String method : List.of("ExecProcess", "WaitProcess", "CopyFile", "UpdateInterface", "CreateSandbox",
                "CreateContainer",
                "WriteStdin", "ReadStdout", "UpdateRoutes", "SignalProcess", "TtyWinResize", "UpdateContainer")) {
            for (int i = 0; i < 200; i++) {
                byte[] noise = new byte[random.nextInt(60)];
                random.nextBytes(noise);
                byte[] request = TtrpcProto.Request.newBuilder().setService(Agent.KATA).setMethod(method)
                        .setPayload(ByteString.copyFrom(noise)).build().toByteArray();
                write(request.length, stream, 1, request);
                answer(stream);
                stream += 2;
            }
        }
    }

    @Test
    void aClientThatReadsNothingHoldsNobodyElseUp() throws IOException {
        byte[] request = request(Agent.GUEST, "Facts", HealthProto.CheckRequest.getDefaultInstance());
        ByteBuffer frame = ByteBuffer.allocate(10 + request.length).putInt(request.length).putInt(1).put((byte) 1)
                .put((byte) 0)
                .put(request).flip();
        raw.configureBlocking(false);
        for (int i = 0, idle = 0; i < 100_000 && idle < 100; i++) {
            if (raw.write(frame.duplicate()) < frame.remaining()) {
                idle++;
                NativeAgent.pause();
                agent.facts();
            }
        }
        agent.facts();
    }

    @Test
    void tooManyCallsAreRefused() throws IOException {
        AgentProto.ExecProcessRequest sleep = NativeAgent.exec(NativeAgent.program("sleep", "100"));
        AgentProcess process = agent.start(sleep);
        process.awaitStart();
        AgentProto.WaitProcessRequest wait = AgentProto.WaitProcessRequest.newBuilder().setExecId(sleep.getExecId())
                .build();
        for (int i = 0; i < 1100; i++) {
            agent.send(Agent.KATA, "WaitProcess", wait);
        }
        refused(AgentException.RESOURCE_EXHAUSTED, Agent.KATA, "WaitProcess", wait);
        try (Agent other = host.connect()) {
            other.tell(Agent.KATA, "SignalProcess",
                    AgentProto.SignalProcessRequest.newBuilder().setExecId(sleep.getExecId()).setSignal(9).build());
        }
        assertEquals(128 + 9, process.awaitEnd());
    }

    @Test
    void aHundredConnectionsAtOnce() throws IOException {
        List<SocketChannel> channels = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(host.socket()));
            channels.add(channel);
        }
        agent.facts();
        for (SocketChannel channel : channels) {
            channel.close();
        }
        goesOn(9);
    }
}
