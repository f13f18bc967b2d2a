package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.Errno;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import java.nio.ByteBuffer;

/** An extended attribute's value that a fid stands for: to read, or to be filled and set when the fid is clunked. */
final class Attribute {
    static final int XATTR_CREATE = 1;
    static final int XATTR_REPLACE = 2;

    /** Where a name goes in {@link Work#big}, behind the value. */
    private static final int NAME = 64 << 10;

    private final byte[] value;

    /** Null of one that is read. */
    private final byte[] name;

    private final int flags;
    private int written;

    private Attribute(byte[] value, byte[] name, int flags) {
        this.value = value;
        this.name = name;
        this.flags = flags;
    }

    static Attribute toRead(byte[] value) {
        return new Attribute(value, null, 0);
    }

    static Attribute toSet(byte[] name, int size, int flags) {
        return new Attribute(new byte[size], name, flags);
    }

    synchronized void save(StateWriter out) {
        out.bool(name != null).bytes(name == null ? new byte[0] : name).bytes(value).int32(flags).int32(written);
    }

    static Attribute restored(StateReader in, int mostName, int mostValue) {
        boolean sets = in.bool();
        byte[] name = in.bytes(mostName);
        byte[] value = in.bytes(mostValue);
        Attribute attribute = new Attribute(value, sets ? name : null, in.int32());
        attribute.written = in.int32(0, value.length);
        return attribute;
    }

    byte[] value() {
        return value;
    }

    synchronized int read(long offset, int count, Message reply) {
        if (name != null || offset < 0) {
            return name != null ? -Errno.EBADF : -Errno.EINVAL;
        }
        if (offset >= value.length) {
            return 0;
        }
        int done = (int) Math.min(count, value.length - offset);
        reply.write(P9.DATA_OUT, ByteBuffer.wrap(value, (int) offset, done));
        return done;
    }

    synchronized int write(long offset, int count, Message request) {
        if (name == null) {
            return -Errno.EBADF;
        }
        if (offset < 0 || offset > value.length || count > value.length - offset) {
            return -Errno.ENOSPC;
        }
        request.read(P9.DATA_IN, ByteBuffer.wrap(value, (int) offset, count));
        written = Math.max(written, (int) offset + count);
        return count;
    }

    /** Sets it, or removes it as Linux asks for that: no bytes in place of what is there. 0 or the negated errno. */
    synchronized int store(Work work, Node node) {
        if (name == null) {
            return 0;
        }
        if (written != value.length) {
            return -Errno.EINVAL;
        }
        ByteBuffer big = work.big();
        big.put(0, value).put(NAME, name).put(NAME + name.length, (byte) 0);
        long address = work.bigAddress();
        if (value.length == 0 && flags == XATTR_REPLACE) {
            return (int) work.calls.removeAttribute(node.fd, address + NAME);
        }
        return (int) work.calls.setAttribute(node.fd, address + NAME, address, value.length, flags);
    }
}
