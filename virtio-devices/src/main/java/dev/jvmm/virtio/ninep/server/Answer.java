package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.NativeBuffers;
import java.nio.ByteBuffer;

/** A reply's fields, made here and copied out at once; the data of a read goes its own way. */
final class Answer {
    /** More than any reply but data needs: that of a readlink. */
    private static final int MOST = 5 << 10;

    private final ByteBuffer fields = NativeBuffers.allocate(MOST);
    private final long start = NativeBuffers.address(fields);
    private int at;

    /** Bytes of data that were written behind the fields already. */
    private int data;

    void begin() {
        at = P9.HEADER;
        data = 0;
    }

    void int8(int value) {
        fields.put(at, (byte) value);
        at += Byte.BYTES;
    }

    void int16(int value) {
        fields.putShort(at, (short) value);
        at += Short.BYTES;
    }

    void int32(int value) {
        fields.putInt(at, value);
        at += Integer.BYTES;
    }

    void int64(long value) {
        fields.putLong(at, value);
        at += Long.BYTES;
    }

    /** Seconds and nanoseconds. */
    void time(long seconds, int nanos) {
        int64(seconds);
        int64(nanos);
    }

    void qid(Qid qid) {
        int8(qid.type);
        int32(qid.version);
        int64(qid.path);
    }

    void bytes(byte[] bytes) {
        fields.put(at, bytes);
        at += bytes.length;
    }

    /** Where the next field goes, for those who come back to it. */
    int position() {
        return at;
    }

    /** Puts a field of 16 bits where one was left out. */
    void patch16(int position, int value) {
        fields.putShort(position, (short) value);
    }

    /** Room of the fields' buffer from here on, for calls of the kernel. */
    long address() {
        return start + at;
    }

    /** So many bytes were written to {@link #address}. */
    void skip(int bytes) {
        at += bytes;
    }

    /** So many bytes of data lie behind the fields. */
    void data(int bytes) {
        data = bytes;
    }

    /** Forgets what was put, for an error in its place. */
    void error(int errno) {
        begin();
        int32(errno);
    }

    /** Writes the reply; returns its length, or {@link Client#BROKEN} when there is no room for it. */
    int write(Message reply, int type, int tag, int most) {
        int size = at + data;
        if (size > reply.length() || size > most) {
            return Client.BROKEN;
        }
        fields.putInt(0, size);
        fields.put(4, (byte) type);
        fields.putShort(5, (short) tag);
        reply.write(0, fields.limit(at).position(0));
        fields.clear();
        return size;
    }
}
