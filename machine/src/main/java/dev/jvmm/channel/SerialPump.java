package dev.jvmm.channel;

import dev.jvmm.machine.SerialGuest;
import dev.jvmm.machine.SerialHost;
import java.nio.ByteBuffer;

/**
 * Couples a guest's serial port to code that may block, with a bounded queue and a daemon thread for either direction. A vCPU
 * never waits in here; when the host is far behind, the port's own buffer fills, and the port holds the guest back.
 */
public final class SerialPump implements SerialHost {
    /** What becomes of the guest's bytes. Both methods are called on the pump's own thread. */
    public interface Receiver {
        /** Takes the first {@code length} bytes of an array that is reused afterwards. */
        void received(byte[] bytes, int length);

        /** Nothing more will come. */
        void ended();
    }

    private static final int QUEUE = 1 << 16;
    private static final int CHUNK = 4096;

    private final String name;
    private final Receiver receiver;
    private final GuestOutput incoming;
    private final ByteQueue outgoing = new ByteQueue(QUEUE);
    private final Object sending = new Object();
    private final Object room = new Object();
    private boolean hasRoom;
    private boolean ended;

    /**
     * Makes a pump that rests until it is connected.
     *
     * @param name of the port, for the names of the threads
     */
    public SerialPump(String name, Receiver receiver) {
        this(name, receiver, false);
    }

    /** As {@link GuestOutput} has it: a prompt pump delivers at the end of each transmission. */
    SerialPump(String name, Receiver receiver, boolean prompt) {
        this.name = name;
        this.receiver = receiver;
        incoming = new GuestOutput(prompt);
    }

    @Override
    public void connect(SerialGuest guest) {
        incoming.connect(guest);
        start("-out", new Delivery());
        start("-in", new Feed(guest));
    }

    private void start(String suffix, Runnable work) {
        Thread thread = new Thread(work, name + suffix);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void fromGuest(ByteBuffer bytes) {
        incoming.fromGuest(bytes);
    }

    @Override
    public void outputPending() {
        incoming.pending();
    }

    @Override
    public void outputComplete() {
        incoming.complete();
    }

    @Override
    public void guestCanReceive() {
        synchronized (room) {
            hasRoom = true;
            room.notifyAll();
        }
    }

    @Override
    public void disconnect() {
        incoming.end();
        outgoing.close();
        guestCanReceive();
    }

    /** Sends bytes to the guest in one piece; waits while it does not read. Any thread but the receiver's. */
    public void send(byte[] bytes) {
        synchronized (sending) {
            outgoing.put(bytes);
        }
    }

    /**
     * After {@link #disconnect}: waits until the receiver has had everything.
     *
     * @param millis the longest wait
     * @return whether it has
     */
    public boolean awaitEnd(long millis) throws InterruptedException {
        long deadline = System.nanoTime() + millis * 1_000_000;
        synchronized (room) {
            for (long left = millis; !ended && left > 0; left = (deadline - System.nanoTime()) / 1_000_000) {
                room.wait(left);
            }
            return ended;
        }
    }

    private final class Delivery implements Runnable {
        @Override
        public void run() {
            byte[] chunk = new byte[CHUNK];
            for (int count = incoming.take(chunk); count >= 0; count = incoming.take(chunk)) {
                receiver.received(chunk, count);
            }
            receiver.ended();
            synchronized (room) {
                ended = true;
                room.notifyAll();
            }
        }
    }

    private final class Feed implements Runnable {
        private final SerialGuest guest;

        Feed(SerialGuest guest) {
            this.guest = guest;
        }

        @Override
        public void run() {
            byte[] chunk = new byte[CHUNK];
            for (int count = outgoing.take(chunk); count >= 0; count = outgoing.take(chunk)) {
                offer(chunk, count);
            }
        }

        private void offer(byte[] chunk, int count) {
            int done = 0;
            while (done < count && !outgoing.isClosed()) {
                synchronized (room) {
                    // Before the offer: room that opens between the two is not missed.
                    hasRoom = false;
                }
                done += guest.toGuest(chunk, done, count - done);
                if (done < count) {
                    awaitRoom();
                }
            }
        }

        private void awaitRoom() {
            synchronized (room) {
                while (!hasRoom) {
                    try {
                        room.wait();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        outgoing.close();
                        return;
                    }
                }
            }
        }
    }
}
