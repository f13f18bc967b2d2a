package dev.jvmm.linux;

import java.nio.ByteBuffer;

/** A lock on a range of a file, for {@link TreeCalls#lock}. {@code struct flock} of {@code asm-generic/fcntl.h} */
public final class RangeLock {
    public static final int F_RDLCK = 0;
    public static final int F_WRLCK = 1;
    public static final int F_UNLCK = 2;

    /** Sets or releases a lock and does not wait: {@code -EAGAIN} when another lock is in the way. */
    public static final int F_OFD_SETLK = 37;

    /** Asks which lock is in the way; {@link #F_UNLCK} when none is. */
    public static final int F_OFD_GETLK = 36;

    private final ByteBuffer flock = NativeBuffers.allocate(FileLock.Layout.SIZE);
    private final long address = NativeBuffers.address(flock);

    /** A lock for reading on all of the file. */
    public RangeLock() {}

    long address() {
        return address;
    }

    /** Fills it in; a length of 0 reaches to the end of the file, wherever that is. */
    public RangeLock set(int type, long start, long length) {
        flock.putShort(FileLock.Layout.TYPE, (short) type);
        flock.putShort(FileLock.Layout.WHENCE, (short) 0);
        flock.putLong(FileLock.Layout.START, start);
        flock.putLong(FileLock.Layout.LEN, length);
        flock.putInt(FileLock.Layout.PID, 0);
        return this;
    }

    /** What it does: one of {@code F_RDLCK}, {@code F_WRLCK} and {@code F_UNLCK}. */
    public int type() {
        return flock.getShort(FileLock.Layout.TYPE);
    }

    /** The first byte. */
    public long start() {
        return flock.getLong(FileLock.Layout.START);
    }

    /** Bytes; 0 to the end of the file. */
    public long length() {
        return flock.getLong(FileLock.Layout.LEN);
    }

    /** The process that has it; -1 where it belongs to an open file. */
    public int process() {
        return flock.getInt(FileLock.Layout.PID);
    }
}
