package dev.jvmm.vsock;

import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.queue.VirtioException;

/**
 * The header of one of the driver's packets, each field read once. What it says is the guest's.
 *
 * <pre>
 *   0 src_cid   8 dst_cid   16 src_port   20 dst_port   24 len   28 type   30 op   32 flags   36 buf_alloc   40 fwd_cnt   44 data
 * </pre>
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.10.6; linux/virtio_vsock.h
 */
final class Packet {
    /** Bytes of a header. */
    static final int HEADER = 44;

    /** Offsets of the fields, little-endian. */
    static final int SRC_CID = 0;

    static final int DST_CID = 8;
    static final int SRC_PORT = 16;
    static final int DST_PORT = 20;
    static final int LENGTH = 24;
    static final int TYPE = 28;
    static final int OPERATION = 30;
    static final int FLAGS = 32;
    static final int BUF_ALLOC = 36;
    static final int FWD_CNT = 40;

    /** Types. */
    static final int STREAM = 1;

    static final int SEQPACKET = 2;

    /** Operations. */
    static final int REQUEST = 1;

    static final int RESPONSE = 2;
    static final int RST = 3;
    static final int SHUTDOWN = 4;
    static final int RW = 5;
    static final int CREDIT_UPDATE = 6;
    static final int CREDIT_REQUEST = 7;

    /** Flags of {@link #SHUTDOWN}: the sender will receive, or send, no more. */
    static final int SHUTDOWN_RECEIVE = 1;

    static final int SHUTDOWN_SEND = 2;

    /** Flag of {@link #RW}: the last of a message. */
    static final int END_OF_MESSAGE = 1;

    /** The host's CID. */
    static final long HOST = 2;

    private static final int BITS16 = 0xFFFF;

    long sourceCid;
    long targetCid;
    int sourcePort;
    int targetPort;

    /** Bytes of data that the header claims, 0 to 2^32 - 1. */
    long length;

    int type;
    int operation;
    int flags;
    int bufAlloc;
    int fwdCnt;

    /**
     * Reads a header.
     *
     * @throws VirtioException when the chain is none of a packet for the device
     */
    void read(DescriptorChain chain) {
        if (chain.readableLength() < HEADER || chain.writableLength() > 0) {
            throw new VirtioException("a packet of a vsock device with " + chain.readableLength() + " readable and "
                    + chain.writableLength() + " writable bytes");
        }
        sourceCid = chain.int64(SRC_CID);
        targetCid = chain.int64(DST_CID);
        sourcePort = chain.int32(SRC_PORT);
        targetPort = chain.int32(DST_PORT);
        length = chain.int32(LENGTH) & 0xFFFF_FFFFL;
        int both = chain.int32(TYPE);
        type = both & BITS16;
        operation = both >>> Short.SIZE;
        flags = chain.int32(FLAGS);
        bufAlloc = chain.int32(BUF_ALLOC);
        fwdCnt = chain.int32(FWD_CNT);
    }
}
