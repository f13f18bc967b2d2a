package dev.jvmm.linux;

import static dev.jvmm.linux.IoUringAbi.Layout.CQE_RES;
import static dev.jvmm.linux.IoUringAbi.Layout.CQE_SIZE;
import static dev.jvmm.linux.IoUringAbi.Layout.CQE_USER_DATA;
import static dev.jvmm.linux.IoUringAbi.Layout.SQE_ADDR;
import static dev.jvmm.linux.IoUringAbi.Layout.SQE_ADDR3;
import static dev.jvmm.linux.IoUringAbi.Layout.SQE_BUF_INDEX;
import static dev.jvmm.linux.IoUringAbi.Layout.SQE_FD;
import static dev.jvmm.linux.IoUringAbi.Layout.SQE_LEN;
import static dev.jvmm.linux.IoUringAbi.Layout.SQE_OFF;
import static dev.jvmm.linux.IoUringAbi.Layout.SQE_OPCODE;
import static dev.jvmm.linux.IoUringAbi.Layout.SQE_RW_FLAGS;
import static dev.jvmm.linux.IoUringAbi.Layout.SQE_SIZE;
import static dev.jvmm.linux.IoUringAbi.Layout.SQE_USER_DATA;

import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * A pair of rings for asynchronous file operations. One thread prepares, submits and reaps, from its first {@link #submit} on always the
 * same one; nothing allocates on that way. {@link #notify} tells of completions.
 *
 * <p>What a prepared operation points to must stay valid until its completion has been reaped, the array of iovecs only until it has
 * been submitted. Closing does not wait: the kernel may still read and write the memory of operations in flight, so they are awaited
 * before. The same holds for the end of the submitting thread.
 *
 * <p>The rings are read and written with plain accesses and fences, which is what acquire and release come to, without the var handles.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/io_uring.7.html">io_uring(7)</a>
 */
public final class IoUring extends FileDescriptor {
    private static final int OPCODE_MASK = 0xFF;

    /** For the owner's thread alone: a call that waits must hold no monitor. */
    private final Syscalls caller = new Syscalls();

    private final Mapping rings;
    private final Mapping entries;
    private final ByteBuffer ring;
    private final ByteBuffer sqes;

    private final int sqHeadAt;
    private final int sqTailAt;
    private final int sqMask;
    private final int cqHeadAt;
    private final int cqTailAt;
    private final int cqMask;
    private final int cqesAt;
    private final int sqFlagsAt;
    private final int cqFlagsAt;

    /** Behind the last prepared entry; the kernel sees it at the next submission. */
    private int sqTail;

    private int cqHead;
    private boolean disabled;
    private boolean unmapped;

    private long userData;
    private int result;

    IoUring(int number, IoUringSetup setup) {
        super(number);
        rings = setup.rings();
        entries = setup.entries();
        ring = rings.view(0, (int) rings.size());
        sqes = entries.view(0, (int) entries.size());
        sqHeadAt = setup.sqHead();
        sqTailAt = setup.sqTail();
        sqMask = setup.sqMask();
        cqHeadAt = setup.cqHead();
        cqTailAt = setup.cqTail();
        cqMask = setup.cqMask();
        cqesAt = setup.cqes();
        sqFlagsAt = setup.sqFlags();
        cqFlagsAt = setup.cqFlags();
        disabled = setup.disabled();
        sqTail = ring.getInt(sqTailAt);
        cqHead = ring.getInt(cqHeadAt);
    }

    /**
     * Makes an instance that its first submission binds to the submitting thread.
     *
     * @param entries the most operations between two submissions, rounded up to a power of two; as many may be in flight twice over
     * @throws IoUringUnavailableException when the host has none that will do, with the reason
     */
    public static IoUring create(int entries) {
        if (entries < 1) {
            throw new IllegalArgumentException("io_uring needs room for an entry, not " + entries);
        }
        return IoUringSetup.open(entries);
    }

    /** How many operations can be prepared between two submissions. */
    public int capacity() {
        return sqMask + 1;
    }

    /** How many are prepared and not submitted. */
    public int prepared() {
        int head = ring.getInt(sqHeadAt);
        VarHandle.acquireFence(); // the kernel has read the entries before this head
        return sqTail - head;
    }

    /**
     * Prepares read(2) at an offset of the file.
     *
     * @param id comes back with the completion
     * @return false when the ring is full: submit first
     */
    public boolean read(int fd, long address, int length, long offset, long id) {
        return prepare(IoUringAbi.IORING_OP_READ, fd, offset, address, length, 0, id);
    }

    /** As {@link #read}, into {@code count} iovecs. */
    public boolean readv(int fd, long iovecs, int count, long offset, long id) {
        return prepare(IoUringAbi.IORING_OP_READV, fd, offset, iovecs, count, 0, id);
    }

    /** As {@link #read}, for write(2). @param flags {@code RWF_*} bits of {@link FileCalls} */
    public boolean write(int fd, long address, int length, long offset, int flags, long id) {
        return prepare(IoUringAbi.IORING_OP_WRITE, fd, offset, address, length, flags, id);
    }

    /** As {@link #write}, from {@code count} iovecs. */
    public boolean writev(int fd, long iovecs, int count, long offset, int flags, long id) {
        return prepare(IoUringAbi.IORING_OP_WRITEV, fd, offset, iovecs, count, flags, id);
    }

    /** Prepares fdatasync(2). It covers what has completed before, not what is in flight. */
    public boolean fdatasync(int fd, long id) {
        return prepare(IoUringAbi.IORING_OP_FSYNC, fd, 0, 0, 0, IoUringAbi.IORING_FSYNC_DATASYNC, id);
    }

    /** Prepares fallocate(2). @param mode {@code FALLOC_FL_*} bits of {@link FileCalls} */
    public boolean fallocate(int fd, int mode, long offset, long length, long id) {
        return prepare(IoUringAbi.IORING_OP_FALLOCATE, fd, offset, length, mode, 0, id);
    }

    /** Prepares an operation that completes once all before it have. */
    public boolean barrier(long id) {
        int opcode = IoUringAbi.IORING_OP_NOP | IoUringAbi.IOSQE_IO_DRAIN << Byte.SIZE;
        return prepare(opcode, -1, 0, 0, 0, 0, id);
    }

    /**
     * Prepares the cancelling of everything in flight. What has begun on a file mostly can not be taken back; each operation completes
     * all the same, some with {@code -ECANCELED}. The completion is {@code -EINVAL} before Linux 5.19.
     */
    public boolean cancelAll(long id) {
        int flags = IoUringAbi.IORING_ASYNC_CANCEL_ALL | IoUringAbi.IORING_ASYNC_CANCEL_ANY;
        return prepare(IoUringAbi.IORING_OP_ASYNC_CANCEL, -1, 0, 0, 0, flags, id);
    }

    private boolean prepare(int opcodeAndFlags, int fd, long offset, long address, int length, int flags, long id) {
        if (prepared() == capacity()) {
            return false;
        }
        int at = (sqTail & sqMask) * SQE_SIZE;
        sqes.putInt(at + SQE_OPCODE, opcodeAndFlags);
        sqes.putInt(at + SQE_FD, fd);
        sqes.putLong(at + SQE_OFF, offset);
        sqes.putLong(at + SQE_ADDR, address);
        sqes.putInt(at + SQE_LEN, length);
        sqes.putInt(at + SQE_RW_FLAGS, flags);
        sqes.putLong(at + SQE_USER_DATA, id);
        sqes.putLong(at + SQE_BUF_INDEX, 0);
        sqes.putLong(at + SQE_ADDR3, 0);
        sqes.putLong(at + SQE_ADDR3 + Long.BYTES, 0);
        sqTail++;
        return true;
    }

    /**
     * Gives the kernel what is prepared; it does not wait for any of it.
     *
     * @return the number submitted, or the negated errno, such as {@code -EAGAIN} when the kernel is short of memory: what was not
     *     submitted stays prepared
     */
    public int submit() {
        return prepared() == 0 ? 0 : enter(prepared(), 0);
    }

    /** Submits what is prepared, and lets completions arrive that the kernel has put off until this thread asks: before reaping. */
    public int flush() {
        return enter(prepared(), 0);
    }

    /** Whether {@link #flush} and {@link #reap} would find completions. */
    public boolean hasCompletions() {
        int arriving = ring.getInt(sqFlagsAt) & (IoUringAbi.IORING_SQ_TASKRUN | IoUringAbi.IORING_SQ_CQ_OVERFLOW);
        return arriving != 0 || ring.getInt(cqTailAt) != cqHead;
    }

    /**
     * Submits what is prepared and sleeps until a completion is there, however long that takes.
     *
     * @return the number submitted, or the negated errno: {@code -EINTR} after a signal
     */
    public int submitAndWait() {
        return enter(prepared(), 1);
    }

    private int enter(int submissions, int completions) {
        if (disabled) {
            long done = register(IoUringAbi.IORING_REGISTER_ENABLE_RINGS, 0, 0);
            if (done < 0) {
                return (int) done;
            }
            disabled = false;
        }
        VarHandle.releaseFence(); // the entries are written before the kernel sees the tail
        ring.putInt(sqTailAt, sqTail);
        return (int) caller.call(SyscallNumber.IO_URING_ENTER, number(), submissions, completions,
                IoUringAbi.IORING_ENTER_GETEVENTS, 0, 0);
    }

    /**
     * Takes the next completion, for {@link #id} and {@link #result}.
     *
     * @return false when there is none
     */
    public boolean reap() {
        int tail = ring.getInt(cqTailAt);
        if (tail == cqHead) {
            return false;
        }
        VarHandle.acquireFence(); // the entry was written before the tail that we have seen
        int at = cqesAt + (cqHead & cqMask) * CQE_SIZE;
        userData = ring.getLong(at + CQE_USER_DATA);
        result = ring.getInt(at + CQE_RES);
        cqHead++;
        VarHandle.releaseFence(); // the entry is read before the kernel may write another in its place
        ring.putInt(cqHeadAt, cqHead);
        return true;
    }

    /** The id of the completion taken last. */
    public long id() {
        return userData;
    }

    /** What the completion taken last says: the operation's answer or the negated errno. */
    public int result() {
        return result;
    }

    /**
     * Has an eventfd signalled when there are completions, from the next submission on. The descriptor of the rings themselves does not
     * become readable for completions that are put off.
     */
    public void notify(EventFd event) {
        ByteBuffer number = NativeBuffers.allocate(Integer.BYTES).putInt(0, event.number());
        long done = register(IoUringAbi.IORING_REGISTER_EVENTFD, NativeBuffers.address(number), 1);
        Reference.reachabilityFence(number);
        SystemCallException.check("io_uring_register(EVENTFD)", done);
    }

    /**
     * Stops and starts the eventfd's signals, so that the thread which is about to reap need not be told. Completions that arrive
     * meanwhile are not signalled later: look at {@link #hasCompletions} after starting them again.
     */
    public void mute(boolean quiet) {
        if (cqFlagsAt != 0) {
            ring.putInt(cqFlagsAt, quiet ? IoUringAbi.IORING_CQ_EVENTFD_DISABLED : 0);
            VarHandle.fullFence(); // before the look at what has arrived: either that sees it or the kernel sees this
        }
    }

    private long register(int operation, long argument, int count) {
        return caller.call(SyscallNumber.IO_URING_REGISTER, number(), operation, argument, count, 0, 0);
    }

    /** Whether the kernel knows an operation; {@code probe} is the table that io_uring_register(PROBE) filled. */
    static boolean supports(ByteBuffer probe, int operation) {
        int at = IoUringAbi.Layout.PROBE_SIZE + (operation & OPCODE_MASK) * IoUringAbi.Layout.PROBE_OP_SIZE;
        int known = probe.get(IoUringAbi.Layout.PROBE_OPS_LEN) & 0xFF;
        int flags = probe.getShort(at + IoUringAbi.Layout.PROBE_OP_FLAGS);
        return operation < known && (flags & IoUringAbi.IO_URING_OP_SUPPORTED) != 0;
    }

    /** Closes the rings; nothing may be in flight, and no thread at work on them. */
    @Override
    public void close() {
        super.close();
        if (!unmapped) {
            unmapped = true;
            rings.close();
            entries.close();
        }
    }
}
