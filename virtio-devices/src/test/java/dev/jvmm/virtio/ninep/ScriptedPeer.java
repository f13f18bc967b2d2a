package dev.jvmm.virtio.ninep;

import dev.jvmm.state.StateException;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.virtio.ninep.server.Client;
import dev.jvmm.virtio.ninep.server.Message;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Set;

/**
 * Answers a message of type T with one of type T + 1, the same tag, and the message's payload; those whose tag is held wait until they are
 * let go. The type {@value #LIE} is no message, and {@value #MISTAKE} a mistake of the server's.
 */
final class ScriptedPeer implements NinepPeer {
    static final int LIE = 2;
    static final int MISTAKE = 4;
    static final int ECHO = 60;

    private final Set<Integer> held = new HashSet<>();
    private int inside;
    private int resets;
    private int fids;
    private int msize;
    private boolean closed;

    @Override
    public int handle(Message request, Message reply) {
        ByteBuffer bytes = ByteBuffer.allocate(request.length()).order(ByteOrder.LITTLE_ENDIAN);
        request.read(0, bytes);
        int type = bytes.get(4);
        if (type == LIE) {
            return Client.BROKEN;
        }
        if (type == MISTAKE) {
            throw new IllegalStateException("a mistake");
        }
        await(bytes.getShort(5) & 0xFFFF);
        if (type == NinepSpec.T_VERSION && bytes.capacity() >= NinepSpec.VERSION_SIZE) {
            synchronized (this) {
                msize = bytes.getInt(NinepSpec.VERSION_MSIZE);
            }
        }
        int length = Math.min(bytes.capacity(), reply.length());
        bytes.put(4, (byte) (type + 1));
        reply.write(0, bytes.flip().limit(length));
        return length;
    }

    private synchronized void await(int tag) {
        inside++;
        notifyAll();
        while (held.contains(tag)) {
            try {
                wait();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        inside--;
    }

    synchronized void hold(int tag) {
        held.add(tag);
    }

    synchronized void letGo(int tag) {
        held.remove(tag);
        notifyAll();
    }

    /** Waits until so many are held. */
    synchronized void awaitInside(int count) throws InterruptedException {
        while (inside < count) {
            wait();
        }
    }

    synchronized int resets() {
        return resets;
    }

    synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public synchronized void save(StateWriter out) {
        if (fids > 0) {
            throw new StateException(fids + " files have no name");
        }
        out.int32(msize);
    }

    @Override
    public synchronized void restore(StateReader in) {
        msize = in.int32();
    }

    synchronized void fids(int now) {
        fids = now;
    }

    /** The longest message of the last Tversion. */
    synchronized int msize() {
        return msize;
    }

    @Override
    public synchronized void reset() {
        if (inside > 0) {
            throw new IllegalStateException("a reset while messages are being answered");
        }
        resets++;
    }

    @Override
    public synchronized void close() {
        closed = true;
    }
}
