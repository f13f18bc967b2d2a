package dev.jvmm.virtio.ninep.stream;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** A client that puts its messages together by hand, and can send them without waiting. */
final class RawClient implements AutoCloseable {
    static final int MSIZE = 65536;
    static final int NO_FID = -1;

    private final SocketChannel channel;
    private final ByteBuffer out = ByteBuffer.allocate(4 << 20).order(ByteOrder.LITTLE_ENDIAN);

    RawClient(SocketAddress address) throws IOException {
        channel = SocketChannel.open(address);
    }

    /** A message that is sent with the others by {@link #send}. */
    RawClient add(int type, int tag, Object... fields) {
        int start = out.position();
        out.putInt(0).put((byte) type).putShort((short) tag);
        for (Object field : fields) {
            switch (field) {
                case Byte value -> out.put(value);
                case Short value -> out.putShort(value);
                case Integer value -> out.putInt(value);
                case Long value -> out.putLong(value);
                case String value -> {
                    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
                    out.putShort((short) bytes.length).put(bytes);
                }
                case byte[] value -> out.put(value);
                default -> throw new IllegalArgumentException(field.toString());
            }
        }
        out.putInt(start, out.position() - start);
        return this;
    }

    void send() throws IOException {
        out.flip();
        while (out.hasRemaining()) {
            channel.write(out);
        }
        out.clear();
    }

    /** Sends bytes, whatever they are. */
    void raw(byte[] bytes) throws IOException {
        channel.write(ByteBuffer.wrap(bytes));
    }

    /** The next answer, which begins with its size. */
    ByteBuffer receive() throws IOException {
        ByteBuffer size = read(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN));
        ByteBuffer all = ByteBuffer.allocate(size.getInt(0)).order(ByteOrder.LITTLE_ENDIAN).putInt(size.getInt(0));
        return read(all);
    }

    private ByteBuffer read(ByteBuffer into) throws IOException {
        while (into.hasRemaining()) {
            if (channel.read(into) < 0) {
                throw new EOFException();
            }
        }
        return into.flip();
    }

    /** Sends one message and gives its answer. */
    ByteBuffer call(int type, Object... fields) throws IOException {
        add(type, 1, fields).send();
        return receive();
    }

    /** Agrees on {@link #MSIZE}, and has fid 0 be the share's directory. */
    RawClient attach() throws IOException {
        expect(101, call(100, MSIZE, "9P2000.L"));
        expect(105, call(104, 0, NO_FID, "root", "", 0));
        return this;
    }

    static ByteBuffer expect(int type, ByteBuffer answer) {
        if (answer.get(4) != type) {
            throw new AssertionError("type " + answer.get(4) + (answer.get(4) == 7 ? ", errno " + answer.getInt(7) : "")
                    + " in place of " + type);
        }
        return answer;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
