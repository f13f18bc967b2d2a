package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.Errno;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One client's fids, and what it agreed on with the server. {@link #handle} may be called by several threads at once.
 *
 * <p>A transport that carries several requests out at a time calls {@link #received} for each as it arrives, in their order, and
 * {@link #answered} once the reply is on its way: then a flush is answered behind the request that it is about, as it must be. One
 * that answers each request before it takes the next needs neither.
 */
public final class Client implements AutoCloseable {
    /** Of {@link #handle}: there is no answer to that; the transport breaks the connection. */
    public static final int BROKEN = -1;

    private static final byte[] DIALECT = "9P2000.L".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] UNKNOWN = "unknown".getBytes(StandardCharsets.US_ASCII);

    private final Share share;
    private final FidTable fids;
    private final Tags tags = new Tags();
    private final Locks locks;
    private final AtomicInteger openFiles = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();

    /** The longest message that was agreed on; 0 before. */
    private volatile int msize;

    Client(Share share) {
        this.share = share;
        fids = new FidTable(share.config().limits().fids());
        locks = new Locks(this);
    }

    /** A request has arrived; its {@link #answered} follows in any case. For a transport that carries out several at a time. */
    public void received(Message request) {
        tags.received(tag(request));
    }

    /** The reply to a request is on its way, or there is none. */
    public void answered(Message request) {
        answered(tag(request));
    }

    /** As {@link #answered(Message)}, by the {@link #tag} that the request had: a guest may have changed it since. */
    public void answered(int tag) {
        tags.answered(tag);
    }

    /** As {@link #received(Message)}, by the request's {@link #tag}. */
    public void received(int tag) {
        tags.received(tag);
    }

    /** A request's tag now: 0 to 65,535; 0 of one that is too short to have one. */
    public static int tag(Message request) {
        if (request.length() < P9.HEADER) {
            return 0;
        }
        ByteBuffer two = ByteBuffer.allocate(Short.BYTES);
        request.read(P9.HEADER - Short.BYTES, two);
        return two.get(0) & 0xFF | (two.get(1) & 0xFF) << 8;
    }

    /**
     * Answers a request; blocks on the host's files, and a flush until what it is about is answered. It does not throw for anything
     * that a client can send: that ends in an Rlerror, or in {@link #BROKEN} where there is no tag, or no room for an answer.
     *
     * @return bytes of the reply, its size[4] included; 0 when nothing is to be sent, as the request was flushed; or {@link #BROKEN}
     */
    public int handle(Message request, Message reply) {
        Work work = Work.ofThread();
        Fields in = work.in;
        if (!in.load(request)) {
            return BROKEN;
        }
        int tag = in.tag();
        if (!tags.begin(tag)) {
            return 0;
        }
        work.begin(this, request, reply);
        int result;
        try {
            result = in.broken() ? -Errno.EINVAL : refused(in);
            if (result == 0) {
                result = Requests.answer(work, in.type());
            }
        } finally {
            work.end();
            tags.end(tag);
        }
        if (result < 0 && work.lost) {
            result = -Errno.ENOENT;
        }
        int most = Math.max(msize, ShareConfig.LEAST_MSIZE);
        int type = in.type() + 1;
        if (result >= 0) {
            int length = work.out.write(reply, type, tag, most);
            if (length != BROKEN) {
                return length;
            }
            result = -Errno.EMSGSIZE;
        }
        work.out.error(-result);
        return work.out.write(reply, P9.RLERROR, tag, most);
    }

    /** What is refused before anything of it is looked at. */
    private int refused(Fields in) {
        int type = in.type();
        if (type == P9.VERSION) {
            return 0;
        }
        int agreed = msize;
        if (agreed == 0) {
            return -Errno.EPROTO;
        }
        if (in.size() > agreed) {
            return -Errno.EMSGSIZE;
        }
        return share.config().readOnly() && P9.changes(type) ? -Errno.EROFS : 0;
    }

    /** Tversion: msize[4] version[s]. All that was before is forgotten. */
    int version(Work work) {
        Fields in = work.in;
        int wanted = in.int32();
        int version = in.string();
        if (in.broken()) {
            return -Errno.EINVAL;
        }
        if (wanted >= 0 && wanted < ShareConfig.LEAST_MSIZE) {
            return -Errno.EMSGSIZE;
        }
        forget(work);
        int most = share.config().mostMsize();
        int agreed = wanted < 0 ? most : Math.min(wanted, most);
        boolean known = isDialect(in, version);
        byte[] answer = known ? DIALECT : UNKNOWN;
        msize = known ? agreed : 0;
        work.out.int32(agreed);
        work.out.int16(answer.length);
        work.out.bytes(answer);
        return 0;
    }

    private static boolean isDialect(Fields in, int version) {
        if (in.length(version) != DIALECT.length) {
            return false;
        }
        for (int i = 0; i < DIALECT.length; i++) {
            if (in.charAt(version, i) != DIALECT[i]) {
                return false;
            }
        }
        return true;
    }

    /** Tflush: oldtag[2]. */
    int flush(Work work) {
        int old = work.in.int16();
        if (work.in.broken()) {
            return -Errno.EINVAL;
        }
        tags.flush(old, work.in.tag());
        return 0;
    }

    Share share() {
        return share;
    }

    FidTable fids() {
        return fids;
    }

    Locks locks() {
        return locks;
    }

    int msize() {
        return msize;
    }

    void agree(int size) {
        msize = size;
    }

    /**
     * Writes what {@link #restore} takes: what was agreed on, fids, open files and locks. Nothing is being handled meanwhile.
     *
     * @throws dev.jvmm.state.StateException when a file without a name is in use
     */
    public void save(StateWriter out) {
        ClientState.save(this, out);
    }

    /**
     * Becomes what was saved, in place of a client that has said nothing yet. Files that are not there any more, or are others, are
     * gone for the client; locks that somebody else has by now are lost, with a warning in the log.
     *
     * @throws dev.jvmm.state.StateException when the record can not be what a client of such a share has saved
     */
    public void restore(StateReader in) {
        ClientState.restore(this, in);
    }

    /** What a read or write is best a multiple of, at most a message's data: for Rlopen and Rgetattr. */
    int unit(int blockSize) {
        int most = msize - ShareConfig.HEADER;
        return blockSize <= 0 || blockSize > most ? most : most / blockSize * blockSize;
    }

    /** Takes one of the open files that the client may have; false when there is none left. */
    boolean takeOpenFile() {
        if (openFiles.incrementAndGet() <= share.config().limits().openFiles()) {
            return true;
        }
        openFiles.decrementAndGet();
        return false;
    }

    void giveOpenFiles(int files) {
        if (files != 0) {
            openFiles.addAndGet(-files);
        }
    }

    /** Takes memory for values; false when the client has too much already. */
    boolean takeBytes(long size) {
        if (bytes.addAndGet(size) <= share.config().limits().bytes()) {
            return true;
        }
        bytes.addAndGet(-size);
        return false;
    }

    /** Closes a fid that nobody uses any more. */
    void close(Fid fid, Work work) {
        locks.release(fid, work.calls);
        Attribute attribute = fid.attribute;
        if (attribute != null) {
            bytes.addAndGet(-attribute.value().length);
        }
        giveOpenFiles(fid.close(work.calls));
    }

    private void forget(Work work) {
        List<Fid> free = fids.clear();
        for (int i = 0; i < free.size(); i++) {
            close(free.get(i), work);
        }
    }

    /** Fids that there are now. */
    public int fidCount() {
        return fids.count();
    }

    /** Files that are open for reading or writing now, and holders of locks. */
    public int openFileCount() {
        return openFiles.get();
    }

    /**
     * Forgets all fids and what was agreed on, as a new connection begins; waits for nothing. What is being carried out ends with the
     * files that it has.
     */
    public void reset() {
        msize = 0;
        forget(Work.ofThread());
        tags.reset();
    }

    /** As {@link #reset}; any number of times. */
    @Override
    public void close() {
        reset();
    }
}
