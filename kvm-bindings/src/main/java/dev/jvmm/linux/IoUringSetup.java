package dev.jvmm.linux;

import static dev.jvmm.linux.IoUringAbi.Layout.CQE_SIZE;
import static dev.jvmm.linux.IoUringAbi.Layout.PARAMS_CQ_CQES;
import static dev.jvmm.linux.IoUringAbi.Layout.PARAMS_CQ_ENTRIES;
import static dev.jvmm.linux.IoUringAbi.Layout.PARAMS_CQ_FLAGS;
import static dev.jvmm.linux.IoUringAbi.Layout.PARAMS_CQ_HEAD;
import static dev.jvmm.linux.IoUringAbi.Layout.PARAMS_CQ_MASK;
import static dev.jvmm.linux.IoUringAbi.Layout.PARAMS_CQ_TAIL;
import static dev.jvmm.linux.IoUringAbi.Layout.PARAMS_FEATURES;
import static dev.jvmm.linux.IoUringAbi.Layout.PARAMS_FLAGS;
import static dev.jvmm.linux.IoUringAbi.Layout.PARAMS_SIZE;
import static dev.jvmm.linux.IoUringAbi.Layout.PARAMS_SQ_ARRAY;
import static dev.jvmm.linux.IoUringAbi.Layout.PARAMS_SQ_ENTRIES;
import static dev.jvmm.linux.IoUringAbi.Layout.PARAMS_SQ_FLAGS;
import static dev.jvmm.linux.IoUringAbi.Layout.PARAMS_SQ_HEAD;
import static dev.jvmm.linux.IoUringAbi.Layout.PARAMS_SQ_MASK;
import static dev.jvmm.linux.IoUringAbi.Layout.PARAMS_SQ_TAIL;
import static dev.jvmm.linux.IoUringAbi.Layout.SQE_SIZE;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * Opens the rings: which flags this kernel takes, what it can do, where in the mapping everything is.
 *
 * @param rings both rings in one mapping
 * @param entries the submission queue's entries
 * @param cqFlags where the completion queue's flags are; 0 when the kernel has none (before Linux 5.8)
 * @param disabled whether the rings wait to be enabled by the thread that will submit
 */
record IoUringSetup(Mapping rings, Mapping entries, boolean disabled, int sqHead, int sqTail, int sqMask, int cqHead,
        int cqTail,
        int cqMask, int cqes, int sqFlags, int cqFlags) {
    private static final int NEEDED = IoUringAbi.IORING_FEAT_SINGLE_MMAP | IoUringAbi.IORING_FEAT_NODROP
            | IoUringAbi.IORING_FEAT_SUBMIT_STABLE;

    private static final int OPERATIONS = 64;

    /** The best first: completions wait for the thread to ask, instead of interrupting it (Linux 6.1); Linux 5.18; older. */
    private static final int[] FLAGS = {
        IoUringAbi.IORING_SETUP_CLAMP | IoUringAbi.IORING_SETUP_SUBMIT_ALL | IoUringAbi.IORING_SETUP_R_DISABLED
                | IoUringAbi.IORING_SETUP_SINGLE_ISSUER | IoUringAbi.IORING_SETUP_DEFER_TASKRUN
                | IoUringAbi.IORING_SETUP_TASKRUN_FLAG,
        IoUringAbi.IORING_SETUP_CLAMP | IoUringAbi.IORING_SETUP_SUBMIT_ALL,
        IoUringAbi.IORING_SETUP_CLAMP
    };

    private static final int[] OPERATIONS_NEEDED = {
        IoUringAbi.IORING_OP_READ, IoUringAbi.IORING_OP_WRITE, IoUringAbi.IORING_OP_READV, IoUringAbi.IORING_OP_WRITEV,
        IoUringAbi.IORING_OP_FSYNC, IoUringAbi.IORING_OP_FALLOCATE, IoUringAbi.IORING_OP_ASYNC_CANCEL
    };

    static IoUring open(int entries) {
        Syscalls syscalls = new Syscalls();
        ByteBuffer params = NativeBuffers.allocate(PARAMS_SIZE);
        long fd = -Errno.EINVAL;
        for (int i = 0; i < FLAGS.length && fd == -Errno.EINVAL; i++) {
            for (int at = 0; at < PARAMS_SIZE; at += Integer.BYTES) {
                params.putInt(at, 0);
            }
            params.putInt(PARAMS_FLAGS, FLAGS[i]);
            fd = syscalls.call(SyscallNumber.IO_URING_SETUP, entries, NativeBuffers.address(params), 0);
        }
        if (fd < 0) {
            throw IoUringUnavailableException.refused((int) -fd);
        }
        boolean made = false;
        try {
            check(syscalls, (int) fd, params.getInt(PARAMS_FEATURES));
            IoUring ring = new IoUring((int) fd, map((int) fd, params));
            made = true;
            return ring;
        } finally {
            if (!made) {
                syscalls.call(SyscallNumber.CLOSE, fd, 0, 0);
            }
        }
    }

    private static void check(Syscalls syscalls, int fd, int features) {
        if ((features & NEEDED) != NEEDED) {
            throw new IoUringUnavailableException("this kernel's io_uring is older than that of Linux 5.6");
        }
        ByteBuffer probe = NativeBuffers
                .allocate(IoUringAbi.Layout.PROBE_SIZE + OPERATIONS * IoUringAbi.Layout.PROBE_OP_SIZE);
        long done = syscalls.call(SyscallNumber.IO_URING_REGISTER, fd, IoUringAbi.IORING_REGISTER_PROBE,
                NativeBuffers.address(probe), OPERATIONS, 0, 0);
        Reference.reachabilityFence(probe);
        if (done < 0) {
            throw new IoUringUnavailableException(
                    "io_uring does not tell what it can do (Linux 5.6 would): " + Errno.describe((int) -done));
        }
        for (int operation : OPERATIONS_NEEDED) {
            if (!IoUring.supports(probe, operation)) {
                throw new IoUringUnavailableException("this kernel's io_uring lacks operation " + operation);
            }
        }
    }

    private static IoUringSetup map(int fd, ByteBuffer params) {
        int slots = params.getInt(PARAMS_SQ_ENTRIES);
        int array = params.getInt(PARAMS_SQ_ARRAY);
        int cqes = params.getInt(PARAMS_CQ_CQES);
        long size = Math.max(array + (long) slots * Integer.BYTES,
                cqes + (long) params.getInt(PARAMS_CQ_ENTRIES) * CQE_SIZE);
        int protection = Mapping.PROT_READ | Mapping.PROT_WRITE;
        int flags = Mapping.MAP_SHARED | Mapping.MAP_POPULATE;
        Mapping rings = Mapping.map(size, protection, flags, fd, IoUringAbi.IORING_OFF_SQ_RING);
        Mapping entries;
        try {
            entries = Mapping.map((long) slots * SQE_SIZE, protection, flags, fd, IoUringAbi.IORING_OFF_SQES);
        } catch (SystemCallException e) {
            rings.close();
            throw e;
        }
        ByteBuffer ring = rings.view(0, (int) size);
        for (int i = 0; i < slots; i++) {
            ring.putInt(array + i * Integer.BYTES, i); // entry i always stands in slot i
        }
        boolean disabled = (params.getInt(PARAMS_FLAGS) & IoUringAbi.IORING_SETUP_R_DISABLED) != 0;
        return new IoUringSetup(rings, entries, disabled, params.getInt(PARAMS_SQ_HEAD), params.getInt(PARAMS_SQ_TAIL),
                ring.getInt(params.getInt(PARAMS_SQ_MASK)), params.getInt(PARAMS_CQ_HEAD),
                params.getInt(PARAMS_CQ_TAIL),
                ring.getInt(params.getInt(PARAMS_CQ_MASK)), cqes, params.getInt(PARAMS_SQ_FLAGS),
                params.getInt(PARAMS_CQ_FLAGS));
    }
}
