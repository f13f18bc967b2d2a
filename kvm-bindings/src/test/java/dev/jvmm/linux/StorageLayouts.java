package dev.jvmm.linux;

import dev.jvmm.linux.IoUringAbi.Layout;
import java.util.Map;

/** The layouts of what disks need, by the rows of {@code linux-abi.csv}. */
final class StorageLayouts {
    static final Map<String, Integer> ALL = Map.ofEntries(
            Map.entry("flock,sizeof", FileLock.Layout.SIZE),
            Map.entry("flock,l_type", FileLock.Layout.TYPE),
            Map.entry("flock,l_whence", FileLock.Layout.WHENCE),
            Map.entry("flock,l_start", FileLock.Layout.START),
            Map.entry("flock,l_len", FileLock.Layout.LEN),
            Map.entry("flock,l_pid", FileLock.Layout.PID),
            Map.entry("statx,sizeof", DiskStatus.Layout.SIZE),
            Map.entry("statx,stx_mask", DiskStatus.Layout.MASK),
            Map.entry("statx,stx_mode", DiskStatus.Layout.MODE),
            Map.entry("statx,stx_size", DiskStatus.Layout.FILE_SIZE),
            Map.entry("statx,stx_dio_mem_align", DiskStatus.Layout.DIO_MEM_ALIGN),
            Map.entry("statx,stx_dio_offset_align", DiskStatus.Layout.DIO_OFFSET_ALIGN),
            Map.entry("io_uring_params,sizeof", Layout.PARAMS_SIZE),
            Map.entry("io_uring_params,sq_entries", Layout.PARAMS_SQ_ENTRIES),
            Map.entry("io_uring_params,cq_entries", Layout.PARAMS_CQ_ENTRIES),
            Map.entry("io_uring_params,flags", Layout.PARAMS_FLAGS),
            Map.entry("io_uring_params,features", Layout.PARAMS_FEATURES),
            Map.entry("io_uring_params,sq_off.head", Layout.PARAMS_SQ_HEAD),
            Map.entry("io_uring_params,sq_off.tail", Layout.PARAMS_SQ_TAIL),
            Map.entry("io_uring_params,sq_off.ring_mask", Layout.PARAMS_SQ_MASK),
            Map.entry("io_uring_params,sq_off.flags", Layout.PARAMS_SQ_FLAGS),
            Map.entry("io_uring_params,cq_off.flags", Layout.PARAMS_CQ_FLAGS),
            Map.entry("io_uring_params,sq_off.array", Layout.PARAMS_SQ_ARRAY),
            Map.entry("io_uring_params,cq_off.head", Layout.PARAMS_CQ_HEAD),
            Map.entry("io_uring_params,cq_off.tail", Layout.PARAMS_CQ_TAIL),
            Map.entry("io_uring_params,cq_off.ring_mask", Layout.PARAMS_CQ_MASK),
            Map.entry("io_uring_params,cq_off.cqes", Layout.PARAMS_CQ_CQES),
            Map.entry("io_uring_sqe,sizeof", Layout.SQE_SIZE),
            Map.entry("io_uring_sqe,opcode", Layout.SQE_OPCODE),
            Map.entry("io_uring_sqe,flags", Layout.SQE_FLAGS),
            Map.entry("io_uring_sqe,fd", Layout.SQE_FD),
            Map.entry("io_uring_sqe,off", Layout.SQE_OFF),
            Map.entry("io_uring_sqe,addr", Layout.SQE_ADDR),
            Map.entry("io_uring_sqe,len", Layout.SQE_LEN),
            Map.entry("io_uring_sqe,rw_flags", Layout.SQE_RW_FLAGS),
            Map.entry("io_uring_sqe,user_data", Layout.SQE_USER_DATA),
            Map.entry("io_uring_sqe,buf_index", Layout.SQE_BUF_INDEX),
            Map.entry("io_uring_sqe,addr3", Layout.SQE_ADDR3),
            Map.entry("io_uring_cqe,sizeof", Layout.CQE_SIZE),
            Map.entry("io_uring_cqe,user_data", Layout.CQE_USER_DATA),
            Map.entry("io_uring_cqe,res", Layout.CQE_RES),
            Map.entry("io_uring_probe,sizeof", Layout.PROBE_SIZE),
            Map.entry("io_uring_probe,ops_len", Layout.PROBE_OPS_LEN),
            Map.entry("io_uring_probe_op,sizeof", Layout.PROBE_OP_SIZE),
            Map.entry("io_uring_probe_op,flags", Layout.PROBE_OP_FLAGS));

    private StorageLayouts() {}
}
