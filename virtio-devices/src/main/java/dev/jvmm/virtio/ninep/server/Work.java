package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.FileCalls;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.linux.RangeLock;
import dev.jvmm.linux.TreeCalls;
import dev.jvmm.linux.TreeSpace;
import dev.jvmm.linux.TreeStatus;
import java.nio.ByteBuffer;

/** What a thread has to answer a request with: each thread has one, which serves request after request, of any client. */
final class Work {
    /** What is read of a directory at once. */
    static final int ENTRIES = 56 << 10;

    private static final int BIG = 128 << 10;

    private static final ThreadLocal<Work> OF_THREAD = new ThreadLocal<>() {
        @Override
        protected Work initialValue() {
            return new Work();
        }
    };

    final Fields in = new Fields();
    final Answer out = new Answer();
    final TreeCalls calls = new TreeCalls();
    final FileCalls io = new FileCalls();
    final IoVectors vectors = new IoVectors();
    final TreeStatus status = new TreeStatus();
    final TreeSpace space = new TreeSpace();
    final RangeLock lock = new RangeLock();
    final Seen seen = new Seen();
    final Place place = new Place();

    /** For an attribute's number. */
    final ByteBuffer small = NativeBuffers.allocate(Long.BYTES);

    final long smallAddress = NativeBuffers.address(small);

    private ByteBuffer big;
    private long bigAddress;

    Client client;
    Share share;
    Message request;
    Message reply;

    /** Why something could not be had: the negated errno. */
    int error;

    /** Whether a fid is in use whose file is gone. */
    boolean lost;

    private final Fid[] used = new Fid[2];
    private int uses;

    private Work() {}

    static Work ofThread() {
        return OF_THREAD.get();
    }

    /** Memory for entries of a directory and values of attributes; made when it is first needed. */
    ByteBuffer big() {
        if (big == null) {
            big = NativeBuffers.allocate(BIG);
            bigAddress = NativeBuffers.address(big);
        }
        return big;
    }

    long bigAddress() {
        big();
        return bigAddress;
    }

    void begin(Client whose, Message from, Message to) {
        client = whose;
        share = whose.share();
        request = from;
        reply = to;
        lost = false;
        out.begin();
    }

    /** A fid to use until this request's end; null when there is none. */
    Fid use(int number) {
        Fid fid = client.fids().use(number);
        if (fid != null) {
            used[uses++] = fid;
            lost |= fid.node.fd < 0;
        }
        return fid;
    }

    /** Ends all uses. */
    void end() {
        while (uses > 0) {
            Fid fid = used[--uses];
            used[uses] = null;
            if (client.fids().done(fid)) {
                client.close(fid, this);
            }
        }
        client = null;
        share = null;
        request = null;
        reply = null;
    }
}
