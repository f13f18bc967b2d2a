package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.Errno;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Fids of extended attributes. */
final class Values {
    /** The longest value, and the longest list of names. {@code linux/limits.h} */
    private static final int MOST = 64 << 10;

    /** Where a name goes in {@link Work#big}, behind the value. */
    private static final int NAME = MOST;

    private Values() {}

    /** Txattrwalk: fid[4] newfid[4] name[s]. Without a name it is the list of all names. */
    static int walk(Work work) {
        Fields in = work.in;
        Fid fid = work.use(in.int32());
        int number = in.int32();
        int name = in.string();
        if (!in.complete() || in.hasNul(name)) {
            return -Errno.EINVAL;
        }
        if (fid == null) {
            return -Errno.EBADF;
        }
        if (in.length(name) > P9.NAME_MAX) {
            return -Errno.ERANGE;
        }
        byte[] value = in.length(name) == 0 ? list(work, fid.node) : value(work, fid.node, in.bytes(name));
        if (value == null) {
            return work.error;
        }
        if (!work.client.takeBytes(value.length)) {
            return -Errno.ENOBUFS;
        }
        Fid made = new Fid(number, fid.user, fid.node.hold());
        made.attribute = Attribute.toRead(value);
        int error = work.client.fids().add(made);
        if (error < 0) {
            work.client.close(made, work);
            return error;
        }
        work.out.int64(value.length);
        return 0;
    }

    private static byte[] value(Work work, Node node, byte[] name) {
        Owners owners = work.share.owners();
        if (owners.hides(name)) {
            work.error = -Errno.ENODATA;
            return null;
        }
        byte[] kept = owners.kept(name);
        ByteBuffer big = work.big();
        big.put(NAME, kept).put(NAME + kept.length, (byte) 0);
        long address = work.bigAddress();
        return copied(work, work.calls.attribute(node.fd, address + NAME, address, MOST));
    }

    private static byte[] copied(Work work, long done) {
        if (done < 0) {
            work.error = (int) done;
            return null;
        }
        byte[] value = new byte[(int) done];
        work.big().get(0, value);
        return value;
    }

    private static byte[] list(Work work, Node node) {
        byte[] all = copied(work, work.calls.attributes(node.fd, work.bigAddress(), MOST));
        return all == null || work.share.owners().real() ? all : shown(work.share.owners(), all);
    }

    /** The names that a client may see, as it knows them. */
    private static byte[] shown(Owners owners, byte[] all) {
        byte[] shown = new byte[all.length];
        int to = 0;
        int from = 0;
        for (int i = 0; i < all.length; i++) {
            if (all[i] == 0) {
                byte[] name = owners.shown(Arrays.copyOfRange(all, from, i));
                if (name.length > 0) {
                    System.arraycopy(name, 0, shown, to, name.length);
                    to += name.length + 1;
                }
                from = i + 1;
            }
        }
        return Arrays.copyOf(shown, to);
    }

    /** Txattrcreate: fid[4] name[s] attr_size[8] flags[4]. The fid becomes the attribute's, which is set when it is clunked. */
    static int create(Work work) {
        Fields in = work.in;
        Fid fid = work.use(in.int32());
        int name = in.string();
        long size = in.int64();
        int flags = in.int32();
        boolean exclusive = flags == (Attribute.XATTR_CREATE | Attribute.XATTR_REPLACE);
        if (!in.complete() || in.hasNul(name) || in.length(name) == 0 || exclusive
                || (flags & ~(Attribute.XATTR_CREATE | Attribute.XATTR_REPLACE)) != 0) {
            return -Errno.EINVAL;
        }
        if (fid == null) {
            return -Errno.EBADF;
        }
        if (in.length(name) > P9.NAME_MAX || size < 0 || size > MOST) {
            return in.length(name) > P9.NAME_MAX ? -Errno.ERANGE : -Errno.E2BIG;
        }
        byte[] text = in.bytes(name);
        if (work.share.owners().hides(text)) {
            return -Errno.EACCES;
        }
        synchronized (fid) {
            if (fid.open >= 0 || fid.attribute != null) {
                return -Errno.EINVAL;
            }
            if (!work.client.takeBytes(size)) {
                return -Errno.ENOBUFS;
            }
            fid.attribute = Attribute.toSet(work.share.owners().kept(text), (int) size, flags);
        }
        return 0;
    }
}
