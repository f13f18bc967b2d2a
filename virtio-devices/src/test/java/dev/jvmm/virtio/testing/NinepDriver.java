package dev.jvmm.virtio.testing;

import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.virtio.ninep.server.BufferMessage;
import dev.jvmm.virtio.ninep.server.Client;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A client of 9P2000.L for tests, over whatever carries its messages. One request at a time, one thread at a time; an Rlerror becomes a
 * {@link Refused}.
 */
public final class NinepDriver {
    public static final int NOFID = -1;

    /** The longest message it asks for. */
    public static final int MSIZE = (1 << 20) + 24;

    private static final int HEADER = 7;

    /** What carries messages. */
    public interface Line {
        /**
         * Sends a request and waits for the reply.
         *
         * @param request from 0 to its limit
         * @param reply to be filled from 0
         * @return the reply's bytes
         */
        int exchange(ByteBuffer request, ByteBuffer reply);
    }

    /** An Rlerror. */
    public static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final int errno;

        Refused(int type, int errno) {
            super("a request of type " + type + " ended in errno " + errno);
            this.errno = errno;
        }

        /** The error's number, positive. */
        public int errno() {
            return errno;
        }
    }

    /** What tells files apart. */
    public record Qid(int type, int version, long path) {}

    /** An Rgetattr; times in nanoseconds since 1970. */
    public record Stat(long valid, Qid qid, int mode, int uid, int gid, long nlink, long rdev, long size, long blksize,
            long blocks, long atime, long mtime, long ctime, long btime) {}

    /** An entry of an Rreaddir. */
    public record Entry(Qid qid, long next, int type, String name) {}

    /** An Rgetlock. */
    public record Held(int type, long start, long length, int process, String host) {}

    private final Line line;
    private final ByteBuffer request = NativeBuffers.allocate(MSIZE);
    private final ByteBuffer reply = NativeBuffers.allocate(MSIZE);
    private int type;
    private int tag;

    /** Over a line. */
    public NinepDriver(Line line) {
        this.line = line;
    }

    /** Straight to a server's client, without a line. */
    public static NinepDriver of(Client client) {
        return new NinepDriver((request, reply) -> {
            BufferMessage from = new BufferMessage(request).withLength(request.limit());
            return client.handle(from, new BufferMessage(reply));
        });
    }

    /** Begins a request of any type, to be filled with {@link #i32} and the others. */
    public NinepDriver begin(int requestType) {
        type = requestType;
        request.clear().position(HEADER);
        return this;
    }

    /** Puts a byte. */
    public NinepDriver i8(int value) {
        request.put((byte) value);
        return this;
    }

    /** Puts 16 bits. */
    public NinepDriver i16(int value) {
        request.putShort((short) value);
        return this;
    }

    /** Puts 32 bits. */
    public NinepDriver i32(int value) {
        request.putInt(value);
        return this;
    }

    /** Puts 64 bits. */
    public NinepDriver i64(long value) {
        request.putLong(value);
        return this;
    }

    /** Puts a string. */
    public NinepDriver text(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        return i16(bytes.length).raw(bytes);
    }

    /** Puts bytes. */
    public NinepDriver raw(byte[] bytes) {
        request.put(bytes);
        return this;
    }

    /** The request that was begun, with its size and the next tag, from 0 to its limit. */
    public ByteBuffer finish() {
        request.flip();
        request.putInt(0, request.limit()).put(4, (byte) type).putShort(5, (short) tag);
        tag = tag + 1 & 0x7FFF;
        return request;
    }

    /** Sends the request that was begun; returns the reply's fields. */
    public ByteBuffer call() {
        finish();
        reply.clear();
        int length = line.exchange(request, reply);
        if (length < HEADER || reply.getInt(0) != length || reply.getShort(5) != request.getShort(5)) {
            throw new AssertionError("a reply of " + length + " bytes that does not fit its request");
        }
        int answer = reply.get(4) & 0xFF;
        reply.limit(length).position(HEADER);
        if (answer == 7) {
            throw new Refused(type, reply.getInt());
        }
        if (answer != type + 1) {
            throw new AssertionError("a reply of type " + answer + " to a request of type " + type);
        }
        return reply;
    }

    private Qid qid(ByteBuffer from) {
        return new Qid(from.get() & 0xFF, from.getInt(), from.getLong());
    }

    private static String string(ByteBuffer from) {
        byte[] bytes = new byte[from.getShort() & 0xFFFF];
        from.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Agrees on a length of messages, which it returns. */
    public int version(int msize) {
        ByteBuffer from = begin(100).i32(msize).text("9P2000.L").call();
        int agreed = from.getInt();
        if (!string(from).equals("9P2000.L")) {
            throw new AssertionError("another dialect");
        }
        return agreed;
    }

    public Qid attach(int fid, int user, String name) {
        return qid(begin(104).i32(fid).i32(NOFID).text("root").text(name).i32(user).call());
    }

    /** Agrees on messages and has fid 0 be the root, for user 0. */
    public NinepDriver start() {
        version(MSIZE);
        attach(0, 0, "");
        return this;
    }

    /** Returns as many qids as names were found; the new fid is there only with all of them. */
    public List<Qid> walk(int fid, int newFid, String... names) {
        begin(110).i32(fid).i32(newFid).i16(names.length);
        for (String name : names) {
            text(name);
        }
        ByteBuffer from = call();
        List<Qid> qids = new ArrayList<>();
        for (int left = from.getShort(); left > 0; left--) {
            qids.add(qid(from));
        }
        return qids;
    }

    public void clunk(int fid) {
        begin(120).i32(fid).call();
    }

    public void remove(int fid) {
        begin(122).i32(fid).call();
    }

    public Stat getattr(int fid) {
        ByteBuffer from = begin(24).i32(fid).i64(0x3FFF).call();
        return new Stat(from.getLong(), qid(from), from.getInt(), from.getInt(), from.getInt(), from.getLong(),
                from.getLong(), from.getLong(), from.getLong(), from.getLong(), time(from), time(from), time(from),
                time(from));
    }

    private static long time(ByteBuffer from) {
        return from.getLong() * 1_000_000_000 + from.getLong();
    }

    /** Times in seconds and nanoseconds. */
    public void setattr(int fid, int valid, int mode, int uid, int gid, long size, long atime, long mtime) {
        begin(26).i32(fid).i32(valid).i32(mode).i32(uid).i32(gid).i64(size);
        i64(atime / 1_000_000_000).i64(atime % 1_000_000_000).i64(mtime / 1_000_000_000).i64(mtime % 1_000_000_000);
        call();
    }

    public Qid open(int fid, int flags) {
        return qid(begin(12).i32(fid).i32(flags).call());
    }

    public Qid create(int fid, String name, int flags, int mode, int gid) {
        return qid(begin(14).i32(fid).text(name).i32(flags).i32(mode).i32(gid).call());
    }

    public byte[] read(int fid, long offset, int count) {
        ByteBuffer from = begin(116).i32(fid).i64(offset).i32(count).call();
        byte[] bytes = new byte[from.getInt()];
        from.get(bytes);
        if (from.hasRemaining()) {
            throw new AssertionError("more than the reply's count");
        }
        return bytes;
    }

    public int write(int fid, long offset, byte[] bytes) {
        return begin(118).i32(fid).i64(offset).i32(bytes.length).raw(bytes).call().getInt();
    }

    public void fsync(int fid) {
        begin(50).i32(fid).i32(0).call();
    }

    public List<Entry> readdir(int fid, long offset, int count) {
        ByteBuffer from = begin(40).i32(fid).i64(offset).i32(count).call();
        if (from.getInt() != from.remaining()) {
            throw new AssertionError("entries of another length than the reply says");
        }
        List<Entry> entries = new ArrayList<>();
        while (from.hasRemaining()) {
            entries.add(new Entry(qid(from), from.getLong(), from.get(), string(from)));
        }
        return entries;
    }

    public Qid mkdir(int fid, String name, int mode, int gid) {
        return qid(begin(72).i32(fid).text(name).i32(mode).i32(gid).call());
    }

    public Qid symlink(int fid, String name, String target, int gid) {
        return qid(begin(16).i32(fid).text(name).text(target).i32(gid).call());
    }

    public Qid mknod(int fid, String name, int mode, int major, int minor, int gid) {
        return qid(begin(18).i32(fid).text(name).i32(mode).i32(major).i32(minor).i32(gid).call());
    }

    public String readlink(int fid) {
        return string(begin(22).i32(fid).call());
    }

    public void link(int directory, int fid, String name) {
        begin(70).i32(directory).i32(fid).text(name).call();
    }

    public void rename(int fid, int directory, String name) {
        begin(20).i32(fid).i32(directory).text(name).call();
    }

    public void renameat(int from, String oldName, int to, String newName) {
        begin(74).i32(from).text(oldName).i32(to).text(newName).call();
    }

    public void unlinkat(int directory, String name, int flags) {
        begin(76).i32(directory).text(name).i32(flags).call();
    }

    /** Has {@code newFid} be an attribute's value, or the list of names; returns its length. */
    public long xattrwalk(int fid, int newFid, String name) {
        return begin(30).i32(fid).i32(newFid).text(name).call().getLong();
    }

    public void xattrcreate(int fid, String name, long size, int flags) {
        begin(32).i32(fid).text(name).i64(size).i32(flags).call();
    }

    /** Returns 0: it has the lock, 1: another is in the way, 2: it can not be. */
    public int lock(int fid, int kind, long start, long length, int process, String host) {
        return lock(fid, kind, 0, start, length, process, host);
    }

    /** With flags: 1 for a process that waits. */
    public int lock(int fid, int kind, int flags, long start, long length, int process, String host) {
        return begin(52).i32(fid).i8(kind).i32(flags).i64(start).i64(length).i32(process).text(host).call().get();
    }

    public Held getlock(int fid, int kind, long start, long length, int process, String host) {
        ByteBuffer from = begin(54).i32(fid).i8(kind).i64(start).i64(length).i32(process).text(host).call();
        return new Held(from.get(), from.getLong(), from.getLong(), from.getInt(), string(from));
    }

    /** The reply to a statfs, as its fields. */
    public ByteBuffer statfs(int fid) {
        return begin(8).i32(fid).call();
    }

    public void flush(int oldTag) {
        begin(108).i16(oldTag).call();
    }
}
