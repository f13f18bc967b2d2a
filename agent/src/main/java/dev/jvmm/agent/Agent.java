package dev.jvmm.agent;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.jvmm.agent.protocol.AgentProto;
import dev.jvmm.agent.protocol.GuestProto;
import java.io.IOException;
import java.nio.channels.ByteChannel;
import java.util.concurrent.CompletableFuture;

/**
 * A guest's agent: Kata's agent protocol ({@code grpc.AgentService}) and jvmm's own calls ({@code jvmm.Guest}). What has no method
 * here goes by {@link #ask} and {@link #tell}. Any thread may call; calls do not wait for each other.
 */
public final class Agent implements AutoCloseable {
    /** The vsock port that an agent listens on. */
    public static final int PORT = 1024;
    /** Kata's calls. */
    public static final String KATA = "grpc.AgentService";
    /** jvmm's own. */
    public static final String GUEST = "jvmm.Guest";
    /** Whether an agent is there. */
    public static final String HEALTH = "grpc.Health";

    private final TtrpcClient client;

    /** @param channel connected to an agent, blocking; closed with this object */
    public Agent(ByteChannel channel) {
        client = new TtrpcClient(channel);
    }

    /** Sends a call that is answered with nothing. */
    public CompletableFuture<Void> send(String service, String method, MessageLite request) {
        return client.call(service, method, request).thenAccept(ignored -> {
        });
    }

    /** Sends a call. */
    public <T extends MessageLite> CompletableFuture<T> send(String service, String method, MessageLite request,
            Parser<T> answer) {
        return client.call(service, method, request).thenCompose(bytes -> parse(bytes, answer));
    }

    private static <T> CompletableFuture<T> parse(ByteString bytes, Parser<T> parser) {
        try {
            return CompletableFuture.completedFuture(parser.parseFrom(bytes));
        } catch (InvalidProtocolBufferException e) {
            return CompletableFuture.failedFuture(new IOException("the guest's agent answers with something else", e));
        }
    }

    /** Makes a call that is answered with nothing, and waits. */
    public void tell(String service, String method, MessageLite request) throws IOException {
        Answers.await(send(service, method, request));
    }

    /** Makes a call, and waits for its answer. */
    public <T extends MessageLite> T ask(String service, String method, MessageLite request, Parser<T> answer)
            throws IOException {
        return Answers.await(send(service, method, request, answer));
    }

    /** Begins to start a program; see {@link AgentProcess}. */
    public AgentProcess start(AgentProto.ExecProcessRequest request) {
        return new AgentProcess(this, request);
    }

    /**
     * Begins to run a program outside of containers: as {@link #start}, but by one call whose answer has everything when the program ends
     * soon. An agent that does not know that call gets {@link #start}'s.
     *
     * @param emptyInput whether there is nothing for it to read; without effect on a terminal
     */
    public AgentProcess run(AgentProto.ExecProcessRequest request, boolean emptyInput) {
        return new AgentProcess(this, request, emptyInput);
    }

    /** What the guest is. */
    public GuestProto.FactsResponse facts() throws IOException {
        return ask(GUEST, "Facts", GuestProto.FactsRequest.getDefaultInstance(), GuestProto.FactsResponse.parser());
    }

    /** What the guest has written is on its disks. */
    public void sync() throws IOException {
        tell(GUEST, "Sync", GuestProto.SyncRequest.getDefaultInstance());
    }

    /** Begins to shut the guest down: PID 1 is asked. */
    public void shutDown(GuestProto.ShutdownRequest.How how) throws IOException {
        tell(GUEST, "Shutdown", GuestProto.ShutdownRequest.newBuilder().setHow(how).build());
    }

    @Override
    public void close() {
        client.close();
    }
}
