package dev.jvmm.virtio.ninep.stream;

import dev.jvmm.linux.Mapping;
import dev.jvmm.virtio.ninep.server.Client;
import java.io.IOException;

/** One of a connection's threads: reads and answers while it is the connection's reader, and watches the reader or sleeps otherwise. */
final class StreamWorker extends Thread {
    private final StreamConnection connection;

    /** Room for what comes and for what goes, which becomes real as it is used. */
    private final Mapping memory;

    final Arrivals arrivals;
    final Replies replies;

    /** Of the message that is being answered, or {@link Arrivals#NONE}; guarded by the connection, as is the next. */
    int tag = Arrivals.NONE;

    /** Which of the connection's messages that is, or was. */
    long number;

    /** Who is at the message that this one flushes, and that message's number; null if nobody is. */
    StreamWorker flushed;

    long flushedNumber;

    /** What it saw of the connection when it last looked after the reader. */
    long seen;

    StreamWorker(StreamConnection connection, String name, int most) {
        super(name);
        this.connection = connection;
        setDaemon(true);
        memory = Mapping.anonymous(2L * most + Replies.TOGETHER, Mapping.MAP_NORESERVE);
        arrivals = new Arrivals(memory.view(0, most));
        replies = new Replies(memory.view(most, most + Replies.TOGETHER), most);
    }

    @Override
    public void run() {
        try {
            while (connection.awaitTurn(this) && turn()) {
                // the next messages
            }
        } catch (IOException e) {
            // the other end, or this one, has closed
        } catch (RuntimeException | Error e) {
            System.getLogger("dev.jvmm.virtio.ninep").log(System.Logger.Level.ERROR, getName() + " ends", e);
        } finally {
            connection.gone(this);
        }
    }

    /** Nobody uses what it holds any more. */
    void release() {
        memory.close();
    }

    /** As the reader: reads, answers what has come whole, and sends the answers together; returns false at the end of the stream. */
    boolean turn() throws IOException {
        if (!arrivals.await(connection.channel)) {
            return false;
        }
        do {
            if (connection.begin(this)) {
                send();
                connection.handOn(this);
            }
            connection.awaitFlushed(this);
            boolean others = arrivals.hasMore();
            long began = others ? System.nanoTime() : 0;
            int length = connection.peer.handle(arrivals.message(), replies.room());
            if (length == Client.BROKEN) {
                send(); // what was answered before
                return false;
            }
            if (!connection.end(this)) {
                sendLate(length);
                return true;
            }
            replies.add(length);
            if (others) {
                connection.took(System.nanoTime() - began);
            }
        } while (replies.mayWait() && arrivals.next());
        send();
        return true;
    }

    /** As the reader: sends what is ready. */
    private void send() throws IOException {
        if (replies.isReady()) {
            connection.writing.lock();
            try {
                replies.send(connection.channel);
                replies.clear();
            } finally {
                connection.writing.unlock();
            }
        }
    }

    /** No reader any more: sends the last reply, behind those that the new reader has sent. */
    private void sendLate(int length) throws IOException {
        connection.writing.lock();
        try {
            replies.sendLast(connection.channel, length);
        } finally {
            connection.writing.unlock();
        }
        connection.endLate(this);
    }
}
