package dev.jvmm.cli;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * The console of a machine without a terminal: all output goes into a file, and to who is connected to a Unix socket, whose bytes are the
 * keys. One at a time; the next waits. Whoever reads too slowly misses output, and finds it in the file.
 */
final class SocketConsole {
    private static final int QUEUED = 256;
    private static final byte[] END = {};

    private final ServerSocketChannel server;
    private final FileOutputStream log;
    private volatile BlockingQueue<byte[]> client;
    private SocketChannel current;

    SocketConsole(Path socket, Path file) {
        try {
            server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(socket));
            log = new FileOutputStream(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the guest says. Never waits for the one who listens. */
    OutputStream output() {
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                write(new byte[]{ (byte) value }, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                log.write(bytes, offset, length);
                BlockingQueue<byte[]> queue = client;
                if (queue != null) {
                    queue.offer(Arrays.copyOfRange(bytes, offset, offset + length));
                }
            }

            @Override
            public void close() throws IOException {
                log.close();
                server.close();
            }
        };
    }

    /** What is typed, by whoever it is. It has no end. For one thread. */
    InputStream input() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                while (true) {
                    if (current == null) {
                        current = server.accept();
                        client = serve(current);
                    }
                    int n = readCurrent(ByteBuffer.wrap(into, offset, length));
                    if (n > 0) {
                        return n;
                    }
                    leave();
                }
            }
        };
    }

    private int readCurrent(ByteBuffer into) {
        try {
            return current.read(into);
        } catch (IOException e) {
            return -1;
        }
    }

    private void leave() throws IOException {
        BlockingQueue<byte[]> queue = client;
        client = null;
        current.close();
        current = null;
        // a full queue's writer ends by the closed socket
        queue.offer(END);
    }

    private static BlockingQueue<byte[]> serve(SocketChannel channel) {
        BlockingQueue<byte[]> queue = new ArrayBlockingQueue<>(QUEUED);
        Thread writer = new Thread(() -> write(channel, queue), "console-client");
        writer.setDaemon(true);
        writer.start();
        return queue;
    }

    private static void write(SocketChannel channel, BlockingQueue<byte[]> queue) {
        try {
            for (byte[] bytes = queue.take(); bytes != END; bytes = queue.take()) {
                ByteBuffer buffer = ByteBuffer.wrap(bytes);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            }
        } catch (IOException e) {
            // it has gone; the reading thread notices
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
