package dev.jvmm.usernet.testing;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketException;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/** A UDP server on the host that answers each datagram. */
public final class EchoServer implements AutoCloseable {
    private final DatagramSocket socket;
    private final Thread thread;

    public EchoServer(InetAddress address, UnaryOperator<byte[]> answer) throws SocketException {
        socket = new DatagramSocket(0, address);
        thread = new Thread(() -> serve(answer), "test-echo");
        thread.start();
    }

    private void serve(UnaryOperator<byte[]> answer) {
        DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
        try {
            while (true) {
                packet.setLength(65_536);
                socket.receive(packet);
                byte[] data = answer.apply(Arrays.copyOf(packet.getData(), packet.getLength()));
                socket.send(new DatagramPacket(data, data.length, packet.getSocketAddress()));
            }
        } catch (IOException e) {
            // closed
        }
    }

    public int port() {
        return socket.getLocalPort();
    }

    @Override
    public void close() {
        socket.close();
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
