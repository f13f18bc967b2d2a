package dev.jvmm.virtio.ninep.stream;

import dev.jvmm.linux.Mapping;
import dev.jvmm.virtio.ninep.server.BufferMessage;
import dev.jvmm.virtio.ninep.server.Client;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One client's stream. The thread that reads a message also answers it, so a client that waits for each answer has no thread's wake-up to
 * pay. Where more messages are under way, or one may take long, the reader hands the reading on first, and answers overtake each other.
 *
 * <p>A flush's answer comes behind that of the message that it flushes.
 */
public final class StreamConnection implements AutoCloseable {
    /** Threads of one connection. */
    public static final int MOST_THREADS = 8;

    /** Bytes read at once while the length of a message is not known; so many at most belong to those behind it. */
    private static final int CHUNK = 4096;

    /** Messages answered at the same time after several were seen under way, before that is believed to be over. */
    private static final int BUSY_MESSAGES = 64;

    private static final int SIZE_BYTES = 4;
    private static final int HEADER_BYTES = 7;
    private static final int TYPE = 4;
    private static final int TAG = 5;
    private static final int T_FSYNC = 50;
    private static final int T_FLUSH = 108;
    private static final int FLUSH_BYTES = 9;
    private static final int NONE = -1;

    private final String name;
    private final ByteChannel channel;
    private final Client client;
    private final int most;
    private final Runnable ended;

    /** Whoever holds it reads. */
    private final ReentrantLock reading = new ReentrantLock();

    /** Guarded by {@link #reading}: bytes of messages to come. */
    private final ByteBuffer ahead = ByteBuffer.allocate(CHUNK);

    /** Guarded by {@link #reading}: messages that are to be answered at the same time as others. */
    private int busy;

    /** Whoever holds it writes. */
    private final ReentrantLock writing = new ReentrantLock();

    /** Guarded by itself: those at work. Also what flushes wait with. */
    private final List<Worker> workers = new ArrayList<>();

    private int started;
    private volatile boolean closed;

    /**
     * Begins nothing yet.
     *
     * @param name for threads
     * @param channel blocking
     * @param client closed at the end
     * @param most bytes of a message, at least {@value #CHUNK}
     * @param ended called once, when the last thread is gone
     */
    public StreamConnection(String name, ByteChannel channel, Client client, int most, Runnable ended) {
        this.name = name;
        this.channel = channel;
        this.client = client;
        this.most = Math.max(CHUNK, most);
        this.ended = ended;
    }

    /** Begins to read. Once. */
    public void start() {
        addWorker();
    }

    private void addWorker() {
        synchronized (workers) {
            if (started < MOST_THREADS && !closed) {
                Worker worker = new Worker(name + "-" + started++);
                workers.add(worker);
                worker.start();
            }
        }
    }

    /** Ends the stream; its threads follow on their own. */
    @Override
    public void close() {
        closed = true;
        try {
            channel.close();
        } catch (IOException e) {
            // nothing is lost by it
        }
        synchronized (workers) {
            workers.notifyAll();
        }
    }

    private final class Worker extends Thread {
        /** Room for two messages, which becomes real as it is used. */
        private final Mapping memory = Mapping.anonymous(2L * most, Mapping.MAP_NORESERVE);

        private final ByteBuffer in = memory.view(0, most);
        private final ByteBuffer out = memory.view(most, most);
        private final BufferMessage request = new BufferMessage(in);
        private final BufferMessage reply = new BufferMessage(out);

        /** Of the message that is being answered, or {@link #NONE}; guarded by {@link #workers}. */
        private int tag = NONE;

        /** Counts messages. */
        private long number;

        /** Who is at the message that this one flushes, and that message's number; null if nobody is. */
        private Worker flushed;

        private long flushedNumber;

        Worker(String name) {
            super(name);
            setDaemon(true);
        }

        @Override
        public void run() {
            try {
                work();
            } catch (IOException e) {
                // the other end, or this one, has closed
            } catch (RuntimeException | Error e) {
                System.getLogger("dev.jvmm.virtio.ninep").log(System.Logger.Level.ERROR, name + " ends", e);
            } finally {
                close();
                if (reading.isHeldByCurrentThread()) {
                    reading.unlock();
                }
                memory.close();
                gone(this);
            }
        }

        private void work() throws IOException {
            while (true) {
                if (!reading.isHeldByCurrentThread()) {
                    reading.lock();
                }
                if (closed || !read()) {
                    return;
                }
                begin();
                if (handsOn()) {
                    if (!reading.hasQueuedThreads()) {
                        addWorker();
                    }
                    reading.unlock();
                }
                awaitFlushed();
                int length = client.handle(request, reply);
                if (length == Client.BROKEN) {
                    return;
                }
                if (length > 0) {
                    write(length);
                }
                done();
            }
        }

        /** Reads one message, and perhaps some bytes behind it; returns whether there was one. */
        private boolean read() throws IOException {
            ByteBuffer bytes = in.clear();
            bytes.put(ahead.flip());
            ahead.clear();
            bytes.limit(CHUNK);
            while (bytes.position() < SIZE_BYTES) {
                if (channel.read(bytes) < 0) {
                    return false;
                }
            }
            int size = bytes.getInt(0);
            if (size < HEADER_BYTES || size > most) {
                return false;
            }
            int extra = bytes.position() - size;
            if (extra > 0) {
                ahead.put(0, bytes, size, extra).position(extra);
            }
            bytes.limit(size);
            while (bytes.position() < size) {
                if (channel.read(bytes) < 0) {
                    return false;
                }
            }
            request.withLength(size);
            return true;
        }

        /** Whether somebody else should read while this is answered. */
        private boolean handsOn() {
            if (ahead.position() > 0) {
                busy = BUSY_MESSAGES;
            }
            return busy > 0 && busy-- > 0 || request.length() > CHUNK || in.get(TYPE) == T_FSYNC;
        }

        /** With {@link #reading}: from here on the message is under way, and a flush knows which one it is about. */
        private void begin() {
            boolean flush = in.get(TYPE) == T_FLUSH && request.length() >= FLUSH_BYTES;
            int flushes = flush ? in.getShort(HEADER_BYTES) & 0xFFFF : NONE;
            synchronized (workers) {
                flushed = null;
                for (int i = 0; flush && i < workers.size(); i++) {
                    if (workers.get(i).tag == flushes) {
                        flushed = workers.get(i);
                        flushedNumber = flushed.number;
                    }
                }
                tag = in.getShort(TAG) & 0xFFFF;
                number++;
            }
        }

        private void awaitFlushed() {
            if (flushed != null) {
                synchronized (workers) {
                    while (flushed.tag != NONE && flushed.number == flushedNumber && !closed) {
                        pause();
                    }
                }
            }
        }

        private void pause() {
            try {
                workers.wait();
            } catch (InterruptedException e) {
                close();
            }
        }

        private void write(int length) throws IOException {
            ByteBuffer bytes = out.clear().limit(length);
            writing.lock();
            try {
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            } finally {
                writing.unlock();
                bytes.clear();
            }
        }

        private void done() {
            synchronized (workers) {
                tag = NONE;
                workers.notifyAll();
            }
        }
    }

    private void gone(Worker worker) {
        boolean last;
        synchronized (workers) {
            worker.tag = NONE;
            workers.remove(worker);
            workers.notifyAll();
            last = workers.isEmpty();
        }
        if (last) {
            client.close();
            ended.run();
        }
    }
}
