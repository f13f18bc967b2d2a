package dev.jvmm.virtio.console;

import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.queue.VirtioException;
import dev.jvmm.virtio.queue.Virtqueue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Iterator;

/**
 * Messages to the driver, which wait for its buffers. Their number is bounded: what a guest asks for again is only answered when there is
 * room.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.3.6.2
 */
final class ControlQueue {
    static final int HEADER = 8;
    static final int DEVICE_READY = 0;
    static final int PORT_ADD = 1;
    static final int PORT_READY = 3;
    static final int CONSOLE_PORT = 4;
    static final int RESIZE = 5;
    static final int PORT_OPEN = 6;
    static final int PORT_NAME = 7;

    /** Enough for every port to be announced in full, and once more. */
    private static final int MOST_WAITING = 8 * ConsoleConfig.MOST_PORTS;

    /** The longest message: a name. */
    private static final int MOST_MESSAGE = 256;

    private final DescriptorChain chain = new DescriptorChain();
    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
    private Virtqueue queue;

    void activate(Virtqueue receive) {
        queue = receive;
    }

    void reset() {
        queue = null;
        waiting.clear();
    }

    void send(int port, int event, int value, byte[] tail) {
        if (waiting.size() >= MOST_WAITING) {
            throw new VirtioException(
                    "a guest that does not read " + MOST_WAITING + " control messages of its console");
        }
        ByteBuffer message = ByteBuffer.allocate(HEADER + tail.length).order(ByteOrder.LITTLE_ENDIAN);
        waiting.add(message.putInt(port).putShort((short) event).putShort((short) value).put(tail).array());
    }

    /** Sends in place of a message of the same kind that waits still: the latest is all that the driver needs. */
    void sendLatest(int port, int event, int value, byte[] tail) {
        for (Iterator<byte[]> each = waiting.iterator(); each.hasNext();) {
            ByteBuffer message = ByteBuffer.wrap(each.next()).order(ByteOrder.LITTLE_ENDIAN);
            if (message.getInt(0) == port && message.getShort(4) == event) {
                each.remove();
            }
        }
        send(port, event, value, tail);
    }

    /** Delivers what there are buffers for. */
    void deliver() {
        if (queue == null) {
            return;
        }
        while (!waiting.isEmpty() && queue.next(chain)) {
            byte[] message = waiting.poll();
            if (chain.readableLength() > 0 || chain.writableLength() < message.length) {
                throw new VirtioException(
                        "a buffer of " + chain.writableLength() + " bytes for a console's control message of "
                                + message.length);
            }
            chain.write(0, message, 0, message.length);
            queue.complete(chain, message.length);
        }
        queue.flush();
    }

    void save(StateWriter out) {
        out.int32(waiting.size());
        for (byte[] message : waiting) {
            out.bytes(message);
        }
    }

    void restore(StateReader in) {
        int count = in.int32(0, MOST_WAITING);
        for (int i = 0; i < count; i++) {
            byte[] message = in.bytes(MOST_MESSAGE);
            if (message.length < HEADER) {
                throw in.bad("has a control message of " + message.length + " bytes");
            }
            waiting.add(message);
        }
    }
}
