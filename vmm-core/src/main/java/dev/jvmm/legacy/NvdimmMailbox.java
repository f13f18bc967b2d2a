package dev.jvmm.legacy;

import dev.jvmm.bus.BusDevice;
import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.state.Stateless;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Answers the methods of NVDIMMs. A 32-bit write of 1 to offset 0 has the question in the page at {@link AddressMap#NVDIMM_MAILBOX}
 * replaced by its answer, before the guest goes on:
 *
 * <pre>
 * question   0 handle (32 bits; 0 for the root)   4 function (32 bits)   8 arguments
 * answer     0 length in bytes (32 bits)          4 data
 * </pre>
 *
 * <p>Everything in the page is the guest's, who can change it at any time. On a vCPU's thread. All of the state is in the page, which is
 * RAM.
 */
public final class NvdimmMailbox implements BusDevice, Stateless {
    /** Bytes of the page. */
    public static final int SIZE = 4096;

    /** Where the arguments of a question are, and the data of an answer. */
    public static final int ARGUMENTS = 8;

    public static final int ANSWER = 4;

    /** The most bytes of labels that a question or an answer has room for: the longest has 16 bytes besides. */
    public static final int MOST_LABELS = SIZE - ARGUMENTS - 16;

    /** Functions of the root: the content of the NFIT. */
    public static final int FIT = 0;

    /** Functions of an NVDIMM, as its {@code _DSM} has them: which there are; the label area's size; reading and writing it. */
    public static final int QUERY = 0;

    public static final int LABEL_SIZE = 4;
    public static final int LABEL_DATA = 5;
    public static final int SET_LABEL_DATA = 6;

    /** As the last two, but offset and length have 64 bits each: {@code _LSR} and {@code _LSW}. */
    public static final int READ_LABELS = 0x105;

    public static final int WRITE_LABELS = 0x106;

    /** Status of an answer. */
    public static final int SUCCESS = 0;

    public static final int NOT_SUPPORTED = 1;
    public static final int NO_SUCH_DEVICE = 2;
    public static final int INVALID = 3;
    public static final int FAILED = 4;

    /** The functions that there are where there are labels: 4, 5, 6, and that there are any. */
    private static final int WITH_LABELS = 0x71;

    /** Those who know. Any vCPU's thread. */
    public interface Nvdimms {
        /** The NFIT's structures; no more bytes than the page has room for. */
        byte[] fit();

        /** Bytes of an NVDIMM's label area: 0 for none, negative for no such NVDIMM. */
        int labelSize(int handle);

        /** Reads labels, all of which are there; returns whether that went well. */
        boolean readLabels(int handle, int offset, byte[] into);

        /** Writes labels, to the disk; returns whether that went well. */
        boolean writeLabels(int handle, int offset, byte[] from);
    }

    private final GuestMemory memory;
    private final Nvdimms nvdimms;

    /** Over the page in that memory. */
    public NvdimmMailbox(GuestMemory memory, Nvdimms nvdimms) {
        this.memory = memory;
        this.nvdimms = nvdimms;
    }

    @Override
    public long read(long offset, int size) {
        return 0;
    }

    @Override
    public synchronized void write(long offset, int size, long value) {
        if (offset != 0 || size != Integer.BYTES || value != 1) {
            return;
        }
        byte[] question = memory.read(AddressMap.NVDIMM_MAILBOX, SIZE);
        byte[] answer = answer(ByteBuffer.wrap(question).order(ByteOrder.LITTLE_ENDIAN));
        ByteBuffer page = memory.view(AddressMap.NVDIMM_MAILBOX, SIZE);
        page.putInt(0, answer.length);
        page.put(ANSWER, answer);
    }

    private byte[] answer(ByteBuffer question) {
        int handle = question.getInt(0);
        int function = question.getInt(Integer.BYTES);
        if (handle == 0) {
            return function == FIT ? nvdimms.fit() : new byte[1];
        }
        int labels = nvdimms.labelSize(handle);
        return switch (function) {
            case QUERY -> new byte[]{ (byte) (labels > 0 ? WITH_LABELS : 0) };
            case LABEL_SIZE -> status(labels < 0 ? NO_SUCH_DEVICE : labels == 0 ? NOT_SUPPORTED : SUCCESS, 8)
                    .putInt(Math.max(labels, 0)).putInt(MOST_LABELS).array();
            case LABEL_DATA, SET_LABEL_DATA -> labels(function == LABEL_DATA, handle, labels,
                    question.getInt(ARGUMENTS) & 0xFFFF_FFFFL, question.getInt(ARGUMENTS + 4) & 0xFFFF_FFFFL,
                    question.position(ARGUMENTS + 8));
            case READ_LABELS, WRITE_LABELS -> labels(function == READ_LABELS, handle, labels,
                    question.getLong(ARGUMENTS), question.getLong(ARGUMENTS + 8), question.position(ARGUMENTS + 16));
            default -> status(NOT_SUPPORTED, 0).array();
        };
    }

    private byte[] labels(boolean reads, int handle, int size, long offset, long length, ByteBuffer data) {
        if (size <= 0) {
            return status(size < 0 ? NO_SUCH_DEVICE : NOT_SUPPORTED, 0).array();
        }
        if (offset < 0 || length < 0 || offset > size || length > size - offset || length > MOST_LABELS) {
            return status(INVALID, 0).array();
        }
        byte[] bytes = new byte[(int) length];
        if (reads) {
            boolean done = nvdimms.readLabels(handle, (int) offset, bytes);
            return status(done ? SUCCESS : FAILED, bytes.length).put(bytes).array();
        }
        data.get(bytes);
        return status(nvdimms.writeLabels(handle, (int) offset, bytes) ? SUCCESS : FAILED, 0).array();
    }

    /** An answer that begins with its status, and has room behind it. */
    private static ByteBuffer status(int status, int room) {
        return ByteBuffer.allocate(Integer.BYTES + room).order(ByteOrder.LITTLE_ENDIAN).putInt(status);
    }
}
