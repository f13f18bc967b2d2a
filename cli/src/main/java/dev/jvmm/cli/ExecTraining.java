package dev.jvmm.cli;

import dev.jvmm.agent.AgentAddress;
import dev.jvmm.agent.AgentException;
import dev.jvmm.agent.protocol.AgentProto;
import dev.jvmm.agent.protocol.TtrpcProto;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Goes the way of an {@code exec} while the start-up cache is recorded, with an agent that lives in this process and says little. */
final class ExecTraining {
    private static final int HEADER = 10;
    private static final byte RESPONSE = 2;

    private ExecTraining() {}

    /** Returns an exit code. */
    static int run() throws InterruptedException {
        try {
            Path folder = Files.createTempDirectory("jvmm-training");
            Path socket = folder.resolve("socket");
            try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                server.bind(UnixDomainSocketAddress.of(socket));
                Thread agent = new Thread(() -> serve(server), "training-agent");
                agent.setDaemon(true);
                agent.start();
                ExecArguments arguments = new ExecArguments(new String[]{ "exec", "machine", "--", "true" });
                return arguments.read() ? new ExecCommand(arguments).run(AgentAddress.hybrid(socket, 1)) : Main.FAILURE;
            } finally {
                Files.deleteIfExists(socket);
                Files.deleteIfExists(folder);
            }
        } catch (IOException e) {
            return Main.FAILURE;
        }
    }

    private static void serve(ServerSocketChannel server) {
        try (SocketChannel client = server.accept()) {
            DataInputStream in = new DataInputStream(Channels.newInputStream(client));
            for (int read = in.read(); read != '\n'; read = in.read()) {
                // CONNECT
            }
            client.write(ByteBuffer.wrap(new byte[]{ 'O', 'K', ' ', '1', '\n' }));
            while (true) {
                int length = in.readInt();
                int stream = in.readInt();
                in.readShort();
                TtrpcProto.Request request = TtrpcProto.Request.parseFrom(in.readNBytes(length));
                answer(client, stream, response(request.getMethod()).toByteArray());
            }
        } catch (IOException e) {
            // the command has hung up
        }
    }

    private static TtrpcProto.Response response(String method) {
        TtrpcProto.Response.Builder response = TtrpcProto.Response.newBuilder();
        return method.startsWith("Read")
                ? response
                        .setStatus(
                                TtrpcProto.Status.newBuilder().setCode(AgentException.OUT_OF_RANGE).setMessage("end"))
                        .build()
                : response.setPayload(AgentProto.WaitProcessResponse.newBuilder().build().toByteString()).build();
    }

    private static void answer(SocketChannel client, int stream, byte[] message) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(HEADER + message.length)
                .putInt(message.length).putInt(stream).put(RESPONSE).put((byte) 0).put(message).flip();
        while (frame.hasRemaining()) {
            client.write(frame);
        }
    }
}
