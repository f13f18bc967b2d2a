package dev.jvmm.agent;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Where an agent is reached. */
public final class AgentAddress {
    private static final int MOST_ANSWER = 32;

    private AgentAddress() {}

    /** Connects to an agent that listens on a Unix socket itself. */
    public static Agent unix(Path socket) throws IOException {
        return new Agent(open(socket));
    }

    /**
     * Connects to a guest's agent through the Unix socket of its vsock device, by Firecracker's protocol: {@code CONNECT port}, then
     * {@code OK hostport}.
     *
     * @throws IOException if nobody listens in the guest, or there is no such socket
     */
    public static Agent hybrid(Path socket, int port) throws IOException {
        SocketChannel channel = open(socket);
        try {
            channel.write(ByteBuffer.wrap(("CONNECT " + port + "\n").getBytes(StandardCharsets.US_ASCII)));
            String answer = readLine(channel);
            if (!answer.startsWith("OK ")) {
                throw new IOException("nobody listens on the guest's vsock port " + port);
            }
            return new Agent(channel);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static SocketChannel open(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Byte by byte, since what comes behind the line is not this method's. */
    private static String readLine(SocketChannel channel) throws IOException {
        var line = new StringBuilder();
        var one = ByteBuffer.allocate(1);
        while (line.length() < MOST_ANSWER && channel.read(one.clear()) == 1 && one.get(0) != '\n') {
            line.append((char) one.get(0));
        }
        return line.toString();
    }
}
