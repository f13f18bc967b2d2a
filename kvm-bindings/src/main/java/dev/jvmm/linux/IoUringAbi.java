package dev.jvmm.linux;

/** Numbers and layouts of {@code linux/io_uring.h}, by the header's names. */
final class IoUringAbi {
    static final int IORING_OFF_SQ_RING = 0;
    static final int IORING_OFF_SQES = 0x1000_0000;

    static final int IORING_SETUP_CLAMP = 1 << 4;
    static final int IORING_SETUP_R_DISABLED = 1 << 6;
    static final int IORING_SETUP_SUBMIT_ALL = 1 << 7;
    static final int IORING_SETUP_TASKRUN_FLAG = 1 << 9;
    static final int IORING_SETUP_SINGLE_ISSUER = 1 << 12;
    static final int IORING_SETUP_DEFER_TASKRUN = 1 << 13;

    static final int IORING_FEAT_SINGLE_MMAP = 1;
    static final int IORING_FEAT_NODROP = 1 << 1;
    static final int IORING_FEAT_SUBMIT_STABLE = 1 << 2;

    static final int IORING_SQ_CQ_OVERFLOW = 1 << 1;
    static final int IORING_SQ_TASKRUN = 1 << 2;
    static final int IORING_CQ_EVENTFD_DISABLED = 1;

    static final int IORING_ENTER_GETEVENTS = 1;
    static final int IORING_REGISTER_EVENTFD = 4;
    static final int IORING_REGISTER_PROBE = 8;
    static final int IORING_REGISTER_ENABLE_RINGS = 12;
    static final int IO_URING_OP_SUPPORTED = 1;

    static final int IORING_OP_NOP = 0;
    static final int IORING_OP_READV = 1;
    static final int IORING_OP_WRITEV = 2;
    static final int IORING_OP_FSYNC = 3;
    static final int IORING_OP_ASYNC_CANCEL = 14;
    static final int IORING_OP_FALLOCATE = 17;
    static final int IORING_OP_READ = 22;
    static final int IORING_OP_WRITE = 23;

    static final int IOSQE_IO_DRAIN = 2;
    static final int IORING_FSYNC_DATASYNC = 1;
    static final int IORING_ASYNC_CANCEL_ALL = 1;
    static final int IORING_ASYNC_CANCEL_ANY = 1 << 2;

    private IoUringAbi() {}

    /** Offsets and sizes in bytes. */
    static final class Layout {
        static final int PARAMS_SIZE = 120;
        static final int PARAMS_SQ_ENTRIES = 0;
        static final int PARAMS_CQ_ENTRIES = 4;
        static final int PARAMS_FLAGS = 8;
        static final int PARAMS_FEATURES = 20;
        static final int PARAMS_SQ_HEAD = 40;
        static final int PARAMS_SQ_TAIL = 44;
        static final int PARAMS_SQ_MASK = 48;
        static final int PARAMS_SQ_FLAGS = 56;
        static final int PARAMS_SQ_ARRAY = 64;
        static final int PARAMS_CQ_HEAD = 80;
        static final int PARAMS_CQ_TAIL = 84;
        static final int PARAMS_CQ_MASK = 88;
        static final int PARAMS_CQ_CQES = 100;
        static final int PARAMS_CQ_FLAGS = 104;

        static final int SQE_SIZE = 64;
        static final int SQE_OPCODE = 0;
        static final int SQE_FLAGS = 1;
        static final int SQE_FD = 4;
        static final int SQE_OFF = 8;
        static final int SQE_ADDR = 16;
        static final int SQE_LEN = 24;
        static final int SQE_RW_FLAGS = 28;
        static final int SQE_USER_DATA = 32;
        static final int SQE_BUF_INDEX = 40;
        static final int SQE_ADDR3 = 48;

        static final int CQE_SIZE = 16;
        static final int CQE_USER_DATA = 0;
        static final int CQE_RES = 8;

        static final int PROBE_SIZE = 16;
        static final int PROBE_OPS_LEN = 1;
        static final int PROBE_OP_SIZE = 8;
        static final int PROBE_OP_FLAGS = 2;

        private Layout() {}
    }
}
