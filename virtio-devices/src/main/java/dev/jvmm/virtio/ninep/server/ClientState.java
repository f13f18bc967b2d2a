package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.LocalFile;
import dev.jvmm.linux.RangeLock;
import dev.jvmm.linux.TreeCalls;
import dev.jvmm.state.StateException;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import java.util.List;

/**
 * A client as a record: what was agreed on, and its fids by the paths that their files have now. A restored fid is of the very file
 * that it was, or of none where that is gone: then its client is told that there is no such file, as if it had been removed meanwhile.
 */
final class ClientState {
    private static final int MOST_DEVICES = 255;
    private static final int MOST_VALUE = 64 << 10;
    private static final int MOST_NAME = 512;
    private static final int MOST_LOCKS = 1 << 16;

    private ClientState() {}

    static void save(Client client, StateWriter out) {
        Work work = Work.ofThread();
        out.int32(client.msize());
        long[] devices = client.share().qids().devices();
        out.int32(devices.length);
        for (long device : devices) {
            out.int64(device);
        }
        List<Fid> fids = client.fids().all();
        try {
            out.int32(fids.size());
            for (Fid fid : fids) {
                save(client, fid, work, out);
            }
            client.locks().save(fids, out);
        } finally {
            for (Fid fid : fids) {
                client.fids().done(fid);
            }
        }
    }

    private static void save(Client client, Fid fid, Work work, StateWriter out) {
        Node node = fid.node;
        Node root = client.share().root();
        byte[] path = {};
        if (node.inode != root.inode || node.device != root.device) {
            path = work.place.relative(work.calls, root, node, work.status);
        }
        if (path == null && node.fd >= 0) {
            throw new StateException("a file of the share " + client.share().config().path()
                    + " is in use that has no name any more, and can not be saved: close it first");
        }
        out.int32(fid.number).int32(fid.user).bytes(path == null ? new byte[0] : path);
        out.int8(node.qid.type).int32(node.qid.version).int64(node.qid.path).int32(node.seenType);
        out.bool(fid.open >= 0).int32(fid.flags);
        Attribute attribute = fid.attribute;
        out.bool(attribute != null);
        if (attribute != null) {
            attribute.save(out);
        }
    }

    static void restore(Client client, StateReader in) {
        Work work = Work.ofThread();
        Share share = client.share();
        int msize = in.int32(0, ShareConfig.MOST_MSIZE);
        if (msize > share.config().mostMsize() || msize != 0 && msize < ShareConfig.LEAST_MSIZE) {
            throw in.bad("messages of " + msize + " bytes; this share has " + share.config().mostMsize() + " at most");
        }
        client.agree(msize);
        long[] devices = new long[in.int32(0, MOST_DEVICES)];
        for (int i = 0; i < devices.length; i++) {
            devices[i] = in.int64();
        }
        share.qids().restore(devices);
        int count = in.int32(0, share.config().limits().fids());
        for (int i = 0; i < count; i++) {
            restore(client, work, in);
        }
        int locks = in.int32(0, MOST_LOCKS);
        for (int i = 0; i < locks; i++) {
            restoreLock(client, work, in);
        }
    }

    private static void restore(Client client, Work work, StateReader in) {
        int number = in.int32();
        int user = in.int32();
        byte[] path = in.bytes(P9.PATH_MAX);
        Qid qid = new Qid(in.int8(), in.int32(), in.int64());
        int type = in.int32();
        boolean open = in.bool();
        int flags = in.int32();
        Node node = node(client, work, path, qid, type);
        Fid fid = new Fid(number, user, node);
        if (open && node.fd >= 0) {
            work.begin(client, null, null);
            int error = Opening.open(work, fid, flags & ~TreeCalls.O_TRUNC);
            work.end();
            if (error == -Errno.EMFILE) {
                client.close(fid, work);
                throw in.bad("more open files than this share allows");
            }
        }
        if (in.bool()) {
            fid.attribute = Attribute.restored(in, MOST_NAME, MOST_VALUE);
            if (!client.takeBytes(fid.attribute.value().length)) {
                fid.attribute = null;
            }
        }
        if (client.fids().add(fid) < 0) {
            client.close(fid, work);
            throw in.bad("a fid of number " + number + " that is one too many");
        }
    }

    /** The file if it is the one that was saved; otherwise a node of none. */
    private static Node node(Client client, Work work, byte[] path, Qid qid, int type) {
        Share share = client.share();
        Node root = share.root();
        if (path.length == 0) {
            return qid.type == P9.QTDIR ? root.hold() : Node.lost(qid, type);
        }
        for (byte b : path) {
            if (b == 0) {
                return Node.lost(qid, type);
            }
        }
        work.begin(client, null, null);
        java.nio.ByteBuffer name = FileName.of(path);
        Node found = Walks.node(work, work.calls.openBeneath(root.fd, FileName.address(name),
                TreeCalls.O_PATH | LocalFile.O_NOFOLLOW));
        java.lang.ref.Reference.reachabilityFence(name);
        work.end();
        if (found == null) {
            return Node.lost(qid, type);
        }
        if (found.qid.path == qid.path && found.qid.type == qid.type && found.qid.version == qid.version) {
            return found;
        }
        Fid.drop(found, work.calls);
        return Node.lost(qid, type);
    }

    private static void restoreLock(Client client, Work work, StateReader in) {
        int number = in.int32();
        int process = in.int32();
        byte[] host = in.bytes(Locks.MOST_HOST);
        int type = in.int32(RangeLock.F_RDLCK, RangeLock.F_WRLCK);
        long start = in.int64(0, Long.MAX_VALUE);
        long length = in.int64(0, Long.MAX_VALUE);
        work.begin(client, null, null);
        Fid fid = work.use(number);
        int result = fid == null || fid.open < 0 ? -Errno.EBADF
                : client.locks().lock(work, fid, type, start, length, Locks.key(fid.node, process, host));
        work.end();
        if (result < 0) {
            System.getLogger("dev.jvmm.virtio.ninep").log(System.Logger.Level.WARNING,
                    "a lock of a restored guest on a file of " + client.share().config().path() + " is lost: "
                            + Errno.describe(-result));
        }
    }
}
