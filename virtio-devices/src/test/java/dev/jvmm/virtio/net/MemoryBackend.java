package dev.jvmm.virtio.net;

import dev.jvmm.linux.Errno;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.queue.VirtioException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** A network that is a list of frames each way, and does what a test says. Calls in the wrong order or for wrong pairs fail. */
final class MemoryBackend implements NetBackend {
    /** A frame that is lost on the way when its turn has come. */
    static final byte[] LOST = {};

    /** What {@link #receive} answers for one. */
    static final int EMSGSIZE = 90;

    /** @param pair that it was sent on */
    record Sent(int pair, byte[] frame) {}

    final List<Sent> sent = new ArrayList<>();
    final List<Deque<byte[]>> incoming = new ArrayList<>();

    /** What {@link #send} answers. */
    int answer;

    long features = NetFeature.OFFLOADS;
    long configured;
    int pairsInUse;
    int resets;
    int receives;
    int attempts;
    boolean closed;
    RoomProbe probe;
    VirtioHost host;
    NetListener listener;
    private final boolean[] paused;
    private final boolean[] awaited;

    MemoryBackend(int pairs) {
        paused = new boolean[pairs];
        awaited = new boolean[pairs];
        for (int i = 0; i < pairs; i++) {
            incoming.add(new ArrayDeque<>());
        }
    }

    @Override
    public long features() {
        return features;
    }

    @Override
    public int pairs() {
        return paused.length;
    }

    @Override
    public void attach(VirtioHost surroundings, NetListener hearer) {
        check(listener == null, "attached twice");
        host = surroundings;
        listener = hearer;
    }

    @Override
    public void configure(long negotiated, int pairs) {
        check(listener != null && !closed, "configured before it is attached, or at the end");
        check((negotiated & NetFeature.OFFLOADS & ~features) == 0, "offloads that it does not have");
        check(pairs >= 1 && pairs <= paused.length, "pairs");
        configured = negotiated;
        pairsInUse = pairs;
    }

    @Override
    public int send(int pair, DescriptorChain frame) {
        check(pair >= 0 && pair < pairsInUse, "sends on a pair that is not in use");
        check(frame.readableLength() >= NetHeader.SIZE + NetHeader.ETHERNET
                && frame.readableLength() <= NetHeader.MOST, "a frame of a length that can not be");
        attempts++;
        if (answer < 0) {
            return answer;
        }
        byte[] bytes = new byte[(int) frame.readableLength()];
        frame.read(0, bytes, 0, bytes.length);
        sent.add(new Sent(pair, bytes));
        return answer;
    }

    @Override
    public int receive(int pair, ReceiveRoom room) {
        check(pair >= 0 && pair < pairsInUse, "receives on a pair that is not in use");
        check(room.length() >= NetHeader.MOST && room.vectorCount() <= 1024, "room");
        receives++;
        if (probe != null) {
            probe.look(room);
            probe = null;
        }
        paused[pair] = false;
        awaited[pair] = false;
        byte[] frame = incoming.get(pair).poll();
        if (frame == null) {
            awaited[pair] = true;
            return 0;
        }
        if (frame == LOST) {
            return -EMSGSIZE;
        }
        int half = frame.length / 2;
        room.write(half, ByteBuffer.wrap(frame), half, frame.length - half);
        room.write(0, ByteBuffer.wrap(frame), 0, half);
        return frame.length;
    }

    @Override
    public void pauseReceive(int pair) {
        paused[pair] = true;
        awaited[pair] = false;
    }

    /** As if nothing had ever come or gone. */
    void forget() {
        sent.clear();
        incoming.forEach(Deque::clear);
        answer = 0;
    }

    boolean isPaused(int pair) {
        return paused[pair];
    }

    /** A frame has come; the device hears of it if it waits for that. */
    void arrive(int pair, byte[] frame) {
        incoming.get(pair).add(frame);
        if (awaited[pair]) {
            tell(() -> listener.readable(pair));
        }
    }

    /** What the loop does with a handler that throws. */
    private void tell(Runnable news) {
        try {
            news.run();
        } catch (VirtioException e) {
            host.needsReset(e.getMessage());
        }
    }

    /** There is no room until {@link #room}. */
    void full() {
        answer = -Errno.EAGAIN;
    }

    /** There is room again. */
    void room(int pair) {
        answer = 0;
        writable(pair);
    }

    /** There may be room. */
    void writable(int pair) {
        tell(() -> listener.writable(pair));
    }

    @Override
    public void reset() {
        check(!closed, "reset after the end");
        resets++;
        pairsInUse = 0;
        for (int i = 0; i < paused.length; i++) {
            paused[i] = false;
            awaited[i] = false;
        }
    }

    @Override
    public void close() {
        check(!closed, "closed twice");
        closed = true;
    }

    private static void check(boolean good, String what) {
        if (!good) {
            throw new AssertionError(what);
        }
    }
}
