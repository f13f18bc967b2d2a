package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.RangeLock;
import dev.jvmm.linux.TreeCalls;
import dev.jvmm.state.StateWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A client's locks on ranges of files, which other clients and the host's own programs see. Where a lock is in the way the client is told
 * so and asks again.
 *
 * <p>Linux's client asks again after 30 s ({@code P9_LOCK_TIMEOUT}). It also grants a lock among its own processes before it asks here,
 * and takes one back there before it says so here: the next process's request can overtake the news that the lock is free. So a request
 * that would wait ({@code P9_LOCK_FLAGS_BLOCK}) does, for a moment.
 */
final class Locks {
    static final int MOST_HOST = 255;

    /** Milliseconds that a request waits; a flush, a reset and a snapshot wait for it. */
    private static final long PATIENCE_MILLIS = 1_000;

    /** How often it looks for locks of others than this client, whose end nobody tells. */
    private static final long LOOK_MILLIS = 20;

    /** Requests that wait at a time: less than a transport has threads, since it takes one to free a lock. */
    private static final int MOST_WAITING = 4;

    private static final int[] TYPES = { RangeLock.F_RDLCK, RangeLock.F_WRLCK, RangeLock.F_UNLCK };

    private final Client client;
    private final Map<LockHolder.Key, LockHolder> holders = new HashMap<>();
    private int waiting;

    Locks(Client client) {
        this.client = client;
    }

    /** Tlock: fid[4] type[1] flags[4] start[8] length[8] proc_id[4] client_id[s]. */
    int lock(Work work) {
        Fields in = work.in;
        Fid fid = work.use(in.int32());
        int type = in.int8();
        int flags = in.int32();
        long start = in.int64();
        long length = in.int64();
        int process = in.int32();
        int host = in.string();
        int error = check(in, fid, type, start, length, host);
        if (error < 0) {
            return error;
        }
        LockHolder.Key key = key(fid.node, process, in.bytes(host));
        work.out.int8(status((flags & P9.LOCK_FLAGS_BLOCK) == 0 ? lock(work, fid, TYPES[type], start, length, key)
                : await(work, fid, TYPES[type], start, length, key)));
        return 0;
    }

    /** As {@link #lock}, and for a moment again and again. */
    private synchronized int await(Work work, Fid fid, int type, long start, long length, LockHolder.Key key) {
        int result = lock(work, fid, type, start, length, key);
        if (!isBlocked(result) || waiting == MOST_WAITING) {
            return result;
        }
        long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
        waiting++;
        try {
            while (isBlocked(result) && System.nanoTime() - end < 0) {
                wait(LOOK_MILLIS);
                result = lock(work, fid, type, start, length, key);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            waiting--;
        }
        return result;
    }

    private static boolean isBlocked(int result) {
        return result == -Errno.EAGAIN || result == -Errno.EACCES;
    }

    private static int check(Fields in, Fid fid, int type, long start, long length, int host) {
        if (!in.complete() || type >= TYPES.length || start < 0 || length < 0 || in.length(host) > MOST_HOST) {
            return -Errno.EINVAL;
        }
        return fid == null || fid.open < 0 ? -Errno.EBADF : 0;
    }

    static LockHolder.Key key(Node node, int process, byte[] host) {
        // a character for each byte, so that no two hosts are one
        return new LockHolder.Key(node.device, node.inode, process, new String(host, StandardCharsets.ISO_8859_1));
    }

    private static int status(int result) {
        if (result == 0) {
            return P9.LOCK_SUCCESS;
        }
        return isBlocked(result) ? P9.LOCK_BLOCKED : P9.LOCK_ERROR;
    }

    synchronized int lock(Work work, Fid fid, int type, long start, long length, LockHolder.Key key) {
        LockHolder holder = holders.get(key);
        if (holder == null) {
            if (type == RangeLock.F_UNLCK) {
                return 0;
            }
            int fd = open(work, fid);
            if (fd < 0) {
                return fd;
            }
            holder = new LockHolder(key, fd);
            holders.put(key, holder);
        }
        if (!uses(fid, holder)) {
            attach(fid, holder);
        }
        int result = (int) work.calls.lock(holder.fd, RangeLock.F_OFD_SETLK, work.lock.set(type, start, length));
        if (result == -Errno.EBADF && type == RangeLock.F_WRLCK && work.share.config().readOnly()) {
            // nobody can write here, and a file that is open for reading only takes no other lock
            result = (int) work.calls.lock(holder.fd, RangeLock.F_OFD_SETLK,
                    work.lock.set(RangeLock.F_RDLCK, start, length));
        }
        if (waiting > 0 && result == 0 && type != RangeLock.F_WRLCK) {
            notifyAll(); // something may be free
        }
        return result;
    }

    /** An opening of its own: for both where it can be, since the process may ask for locks of either kind. */
    private int open(Work work, Fid fid) {
        if (!client.takeOpenFile()) {
            return -Errno.ENOLCK;
        }
        Node node = fid.node;
        int flags = TreeCalls.O_NOCTTY | FileDescriptor.O_NONBLOCK;
        int fd = -1;
        if (!node.isDirectory() && !work.share.config().readOnly()) {
            fd = (int) work.calls.reopen(node.fd, flags | FileDescriptor.O_RDWR);
        }
        if (fd < 0) {
            fd = (int) work.calls.reopen(node.fd, flags | fid.flags & Fid.ACCESS);
        }
        if (fd < 0) {
            client.giveOpenFiles(1);
        }
        return fd;
    }

    private static boolean uses(Fid fid, LockHolder holder) {
        LockHolder[] known = fid.holders;
        for (int i = 0; known != null && i < known.length; i++) {
            if (known[i] == holder) {
                return true;
            }
        }
        return false;
    }

    private static void attach(Fid fid, LockHolder holder) {
        LockHolder[] known = fid.holders;
        LockHolder[] more = known == null ? new LockHolder[1] : Arrays.copyOf(known, known.length + 1);
        more[more.length - 1] = holder;
        fid.holders = more;
        holder.fids++;
    }

    /** Tgetlock: fid[4] type[1] start[8] length[8] proc_id[4] client_id[s]. */
    int test(Work work) {
        Fields in = work.in;
        Fid fid = work.use(in.int32());
        int type = in.int8();
        long start = in.int64();
        long length = in.int64();
        int process = in.int32();
        int host = in.string();
        int error = check(in, fid, type, start, length, host);
        if (error < 0) {
            return error;
        }
        RangeLock lock = work.lock.set(TYPES[type], start, length);
        if (type != RangeLock.F_UNLCK) {
            error = test(work, fid, lock, key(fid.node, process, in.bytes(host)));
        }
        if (error < 0) {
            return error;
        }
        boolean free = lock.type() == RangeLock.F_UNLCK;
        Answer out = work.out;
        out.int8(lock.type());
        out.int64(free ? start : lock.start());
        out.int64(free ? length : lock.length());
        out.int32(free ? process : Math.max(0, lock.process()));
        byte[] name = in.bytes(host);
        out.int16(name.length);
        out.bytes(name);
        return 0;
    }

    private synchronized int test(Work work, Fid fid, RangeLock lock, LockHolder.Key key) {
        LockHolder holder = holders.get(key);
        return (int) work.calls.lock(holder == null ? fid.open : holder.fd, RangeLock.F_OFD_GETLK, lock);
    }

    /** Writes the locks that the kernel says there are, each under one of the fids that it was asked for through. */
    synchronized void save(List<Fid> fids, StateWriter out) {
        Map<LockHolder, Integer> numbers = new HashMap<>();
        for (Fid fid : fids) {
            for (int i = 0; fid.holders != null && i < fid.holders.length; i++) {
                numbers.putIfAbsent(fid.holders[i], fid.number);
            }
        }
        List<HeldRange> ranges = new ArrayList<>();
        for (LockHolder holder : numbers.keySet()) {
            HeldRange.collect(holder, ranges);
        }
        out.int32(ranges.size());
        for (HeldRange range : ranges) {
            LockHolder.Key key = range.holder().key;
            out.int32(numbers.get(range.holder())).int32(key.process());
            out.bytes(key.host().getBytes(StandardCharsets.ISO_8859_1));
            out.int32(range.type()).int64(range.start()).int64(range.length());
        }
    }

    /** A fid goes: so do the locks that no other fid was used for. */
    void release(Fid fid, TreeCalls calls) {
        if (fid.holders == null) {
            return;
        }
        synchronized (this) {
            for (LockHolder holder : fid.holders) {
                if (--holder.fids == 0) {
                    holders.remove(holder.key);
                    calls.close(holder.fd);
                    client.giveOpenFiles(1);
                }
            }
            fid.holders = null;
            notifyAll();
        }
    }
}
