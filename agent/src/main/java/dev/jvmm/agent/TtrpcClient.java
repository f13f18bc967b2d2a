package dev.jvmm.agent;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.jvmm.agent.protocol.TtrpcProto;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A client of ttrpc over a byte channel: unary calls, any number at once, from any thread. A thread of its own reads the answers;
 * it completes the futures, so what hangs on them must not block.
 *
 * <p>A frame is ten bytes of header (length and stream number, big-endian; type; flags) and a message. The peer is not trusted: a
 * frame of more than {@link #MOST_LENGTH} bytes, or of another type than an answer, ends the connection.
 *
 * @see <a href="https://github.com/containerd/ttrpc/blob/main/PROTOCOL.md">ttrpc's protocol</a>
 */
public final class TtrpcClient implements AutoCloseable {
    /** The longest message either side may send, in bytes. */
    public static final int MOST_LENGTH = 4 << 20;

    private static final int HEADER = 10;
    private static final byte REQUEST = 1;
    private static final byte RESPONSE = 2;

    private final ByteChannel channel;
    private final Object writing = new Object();
    private final Map<Integer, CompletableFuture<ByteString>> waiting = new HashMap<>();
    private int nextStream = 1;
    private IOException ended;

    /** @param channel connected, blocking, and this client's alone from now on; it is closed with it */
    public TtrpcClient(ByteChannel channel) {
        this.channel = channel;
        Thread.ofPlatform().daemon().name("agent-answers").start(this::readAnswers);
    }

    /**
     * Sends a call.
     *
     * @return the answer's bytes; fails with an {@link AgentException} if the agent refuses, another {@link IOException} if the
     *         connection ends before
     */
    public CompletableFuture<ByteString> call(String service, String method, MessageLite request) {
        byte[] message = TtrpcProto.Request.newBuilder()
                .setService(service)
                .setMethod(method)
                .setPayload(request.toByteString())
                .build()
                .toByteArray();
        var answer = new CompletableFuture<ByteString>();
        if (message.length > MOST_LENGTH) {
            answer.completeExceptionally(
                    new IOException("a message of " + message.length + " bytes is too long for ttrpc"));
            return answer;
        }
        try {
            synchronized (writing) {
                write(frame(message, register(answer)));
            }
        } catch (IOException e) {
            end(e);
        }
        return answer;
    }

    /** {@link #call} and wait for it. */
    public ByteString callAndWait(String service, String method, MessageLite request) throws IOException {
        return Answers.await(call(service, method, request));
    }

    private int register(CompletableFuture<ByteString> answer) {
        synchronized (waiting) {
            if (ended != null) {
                answer.completeExceptionally(ended);
                return 0;
            }
            int stream = nextStream;
            nextStream = stream == Integer.MAX_VALUE ? 1 : stream + 2;
            waiting.put(stream, answer);
            return stream;
        }
    }

    private static ByteBuffer frame(byte[] message, int stream) {
        return ByteBuffer.allocate(HEADER + message.length)
                .putInt(message.length).putInt(stream).put(REQUEST).put((byte) 0).put(message).flip();
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private void readAnswers() {
        var header = ByteBuffer.allocate(HEADER);
        try {
            while (true) {
                readFully(header.clear());
                header.flip();
                int length = header.getInt();
                int stream = header.getInt();
                byte type = header.get();
                if (length < 0 || length > MOST_LENGTH || type != RESPONSE) {
                    throw new IOException("this is no agent: a frame of type " + type + " with " + length + " bytes");
                }
                var message = ByteBuffer.allocate(length);
                readFully(message);
                answered(stream, TtrpcProto.Response.parseFrom(message.array()));
            }
        } catch (IOException e) {
            end(e);
        }
    }

    private void readFully(ByteBuffer into) throws IOException {
        while (into.hasRemaining()) {
            if (channel.read(into) < 0) {
                throw new EOFException("the guest's agent has closed the connection");
            }
        }
    }

    private void answered(int stream, TtrpcProto.Response response) {
        CompletableFuture<ByteString> answer;
        synchronized (waiting) {
            answer = waiting.remove(stream);
        }
        if (answer == null) {
            return;
        }
        TtrpcProto.Status status = response.getStatus();
        if (status.getCode() == 0) {
            answer.complete(response.getPayload());
        } else {
            answer.completeExceptionally(new AgentException(status.getCode(), status.getMessage()));
        }
    }

    private void end(IOException why) {
        Map<Integer, CompletableFuture<ByteString>> unanswered;
        synchronized (waiting) {
            if (ended == null) {
                ended = why;
            }
            unanswered = new HashMap<>(waiting);
            waiting.clear();
        }
        try {
            channel.close();
        } catch (IOException e) {
            why.addSuppressed(e);
        }
        for (CompletableFuture<ByteString> answer : unanswered.values()) {
            answer.completeExceptionally(why);
        }
    }

    /** Ends the connection; calls that wait fail. */
    @Override
    public void close() {
        end(new IOException("the connection to the guest's agent was closed"));
    }
}
