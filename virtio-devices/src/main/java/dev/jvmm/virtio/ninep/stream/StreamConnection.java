package dev.jvmm.virtio.ninep.stream;

import dev.jvmm.virtio.ninep.server.Client;
import java.io.IOException;
import java.nio.channels.ByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One client's stream. One thread reads, answers what it has read itself, and sends the answers, so that a message has no other thread's
 * wake-up to pay, and many that come together have one read and one write. Where a message takes long the reading goes to another thread,
 * and answers overtake each other: at once where the message is known to wait, or where those before it took long while others came;
 * otherwise when the next thread, which looks after the reader now and then, finds it at the same message still.
 *
 * <p>A flush's answer comes behind that of the message that it flushes.
 */
public final class StreamConnection implements AutoCloseable {
    /** Threads of one connection. */
    public static final int MOST_THREADS = 8;

    /** The shortest longest message. */
    private static final int LEAST = 4096;

    /** How often somebody looks after the reader, while messages come. */
    private static final long LOOK_NANOS = 10_000_000;

    /** What is long for a message while others wait, and not worth another thread's wake-up below. */
    private static final long LONG_NANOS = 200_000;

    /** Messages answered at the same time after one took long, before that is believed to be over. */
    private static final int BUSY_MESSAGES = 64;

    private final String name;
    final ByteChannel channel;
    final StreamPeer peer;
    private final int most;
    private final Runnable ended;

    /** Whoever holds it writes. Taken before {@link #lock} where both are. */
    final ReentrantLock writing = new ReentrantLock();

    /** Guards what follows, and the workers' fields that say so. Flushes wait with it. Held for moments only. */
    private final Object lock = new Object();

    private final List<StreamWorker> workers = new ArrayList<>();

    /** Those without work; the first looks after the reader. */
    private final List<StreamWorker> idle = new ArrayList<>();

    /** Who reads or answers what it read, and goes on reading; null when all are at work. */
    private StreamWorker reader;

    /** Where there is no reader: who has what was read last. */
    private StreamWorker last;

    /** Messages so far. */
    private long count;

    /** Messages that are to be answered at the same time as others. */
    private int busy;

    private int started;

    /** Nobody looks after the reader until the next message. */
    private boolean dozing;

    private boolean closed;

    /**
     * Begins nothing yet.
     *
     * @param name for threads
     * @param channel blocking
     * @param client closed at the end
     * @param most bytes of a message, at least {@value #LEAST}
     * @param ended called once, when the last thread is gone
     */
    public StreamConnection(String name, ByteChannel channel, Client client, int most, Runnable ended) {
        this(name, channel, StreamPeer.of(client), most, ended);
    }

    /** With somebody of the caller's to answer. */
    StreamConnection(String name, ByteChannel channel, StreamPeer peer, int most, Runnable ended) {
        this.name = name;
        this.channel = channel;
        this.peer = peer;
        this.most = Math.max(LEAST, most);
        this.ended = ended;
    }

    /** Begins to read. Once. */
    public void start() {
        first().start();
    }

    /** The first reader, as a thread that is not started yet. */
    StreamWorker first() {
        synchronized (lock) {
            reader = add();
            return reader;
        }
    }

    /** The only worker that there will be, for a caller's own thread. */
    StreamWorker only() {
        synchronized (lock) {
            reader = add();
            started = MOST_THREADS;
            return reader;
        }
    }

    private StreamWorker add() {
        StreamWorker worker = new StreamWorker(this, name + "-" + started, most);
        started++;
        workers.add(worker);
        return worker;
    }

    private void addIdle() {
        StreamWorker more = add();
        try {
            idle.add(more);
            more.start();
        } catch (OutOfMemoryError e) { // or threads: those that there are have to do
            idle.remove(more);
            workers.remove(more);
            more.release();
            started = MOST_THREADS;
        }
    }

    /** Ends the stream; its threads follow on their own. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // nothing is lost by it
        }
        synchronized (lock) {
            closed = true;
            lock.notifyAll();
            for (StreamWorker worker : idle) {
                LockSupport.unpark(worker);
            }
        }
    }

    /**
     * The reader has a message at hand: from here on it is under way, and a flush knows which one it is about.
     *
     * @return whether somebody else should read while it is answered
     */
    boolean begin(StreamWorker worker) {
        Arrivals arrivals = worker.arrivals;
        int flushes = arrivals.flushed();
        StreamWorker wake = null;
        boolean handsOn;
        synchronized (lock) {
            worker.flushed = flushes == Arrivals.NONE ? null : at(worker, flushes);
            worker.tag = arrivals.tag();
            worker.number = ++count;
            if (idle.isEmpty() && started < MOST_THREADS && !closed) {
                addIdle();
            } else if (dozing && !idle.isEmpty()) {
                wake = idle.get(0);
            }
            dozing = false;
            handsOn = busy > 0 || arrivals.isSlow();
            busy = Math.max(0, busy - 1);
        }
        if (wake != null) {
            LockSupport.unpark(wake);
        }
        return handsOn;
    }

    /** Who else is at the message of that tag. */
    private StreamWorker at(StreamWorker flusher, int tag) {
        for (int i = 0; i < workers.size(); i++) {
            StreamWorker other = workers.get(i);
            if (other != flusher && other.tag == tag) {
                flusher.flushedNumber = other.number;
                return other;
            }
        }
        return null;
    }

    /** Gives the reading and what has been read to somebody who is idle, or to whoever will be first. */
    void handOn(StreamWorker worker) {
        StreamWorker next = null;
        synchronized (lock) {
            if (reader != worker || closed) {
                return;
            }
            reader = null;
            last = worker;
            if (!idle.isEmpty()) {
                next = idle.remove(idle.size() - 1);
                reads(next);
            }
        }
        LockSupport.unpark(next);
    }

    private void reads(StreamWorker next) {
        if (last != next) {
            next.arrivals.adopt(last.arrivals);
        }
        reader = next;
        last = null;
    }

    void awaitFlushed(StreamWorker worker) {
        StreamWorker flushed = worker.flushed;
        if (flushed == null) {
            return;
        }
        synchronized (lock) {
            while (flushed.tag != Arrivals.NONE && flushed.number == worker.flushedNumber && !closed) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    closed = true; // nobody has a reason to
                }
            }
        }
    }

    /** A message is answered, but its reply not sent; false when somebody else reads by now, and the reply is this worker's to send. */
    boolean end(StreamWorker worker) {
        synchronized (lock) {
            if (reader != worker) {
                return false;
            }
            worker.tag = Arrivals.NONE;
            return true;
        }
    }

    /** How long a message took while others waited. */
    void took(long nanos) {
        if (nanos >= LONG_NANOS) {
            synchronized (lock) {
                busy = BUSY_MESSAGES;
            }
        }
    }

    /** No reader any more: the last reply is sent. */
    void endLate(StreamWorker worker) {
        synchronized (lock) {
            worker.tag = Arrivals.NONE;
            worker.arrivals.done();
            lock.notifyAll();
        }
    }

    /** Waits until a worker is to read; returns false at the end. Meanwhile it may look after the reader. */
    boolean awaitTurn(StreamWorker worker) throws IOException {
        synchronized (lock) {
            if (reader == null && last != null && !closed) {
                reads(worker);
            }
            if (reader == worker) {
                return !closed;
            }
            if (!idle.contains(worker)) {
                idle.add(worker);
            }
        }
        while (true) {
            StreamWorker stuck = null;
            boolean looks;
            synchronized (lock) {
                if (reader == worker || closed) {
                    return !closed;
                }
                looks = idle.get(0) == worker && reader != null;
                if (looks && worker.seen == count) {
                    stuck = reader.tag != Arrivals.NONE ? reader : null;
                    dozing = stuck == null;
                    looks = !dozing;
                }
                worker.seen = count;
            }
            if (stuck != null) {
                takeOver(stuck, worker);
            } else if (looks) {
                LockSupport.parkNanos(this, LOOK_NANOS);
            } else {
                LockSupport.park(this);
            }
        }
    }

    /** Makes a worker the reader in place of one that is at a message for long, and sends what that one has not sent. */
    private void takeOver(StreamWorker stuck, StreamWorker worker) throws IOException {
        writing.lock();
        try {
            synchronized (lock) {
                if (reader != stuck || stuck.tag == Arrivals.NONE || stuck.number != worker.seen || closed) {
                    return;
                }
                idle.remove(worker);
                if (!idle.isEmpty()) {
                    LockSupport.unpark(idle.get(0));
                }
                last = stuck;
                reads(worker);
                busy = BUSY_MESSAGES;
            }
            stuck.replies.send(channel);
        } finally {
            writing.unlock();
        }
    }

    /** A worker ends, and the connection with it. */
    void gone(StreamWorker worker) {
        close();
        writing.lock(); // whoever sends its replies for it has found out as well
        writing.unlock();
        boolean none;
        synchronized (lock) {
            worker.tag = Arrivals.NONE;
            idle.remove(worker);
            workers.remove(worker);
            lock.notifyAll();
            none = workers.isEmpty();
        }
        worker.release();
        if (none) {
            peer.close();
            ended.run();
        }
    }
}
