package dev.jvmm.usernet.packet;

import io.netty.buffer.ByteBuf;

/**
 * As much of DNS as a forwarder needs.
 *
 * @spec https://www.rfc-editor.org/rfc/rfc1035 RFC 1035, 4.1
 */
public final class DnsQuestion {
    /** Bytes of a message's header. */
    public static final int HEADER = 12;

    private static final int RESPONSE = 0x8000;
    private static final int KEPT = 0x7900;
    private static final int RECURSION_AVAILABLE = 0x80;
    private static final int SERVER_FAILURE = 2;
    private static final int LONGEST_LABEL = 63;
    private static final int LONGEST_NAME = 255;

    private DnsQuestion() {}

    /** Whether the readable bytes are a message that asks. */
    public static boolean isQuery(ByteBuf message) {
        return message.readableBytes() >= HEADER && message.getShort(message.readerIndex() + 2) >= 0;
    }

    /** Whether they are a message that answers a query. */
    public static boolean answers(ByteBuf message, ByteBuf query) {
        return message.readableBytes() >= HEADER && message.getShort(message.readerIndex() + 2) < 0
                && message.getShort(message.readerIndex()) == query.getShort(query.readerIndex());
    }

    /** Appends the answer that nobody could be asked, with the query's question where that can be read. */
    public static void writeFailure(ByteBuf query, ByteBuf to) {
        int start = query.readerIndex();
        int question = questionLength(query);
        to.writeShort(query.getShort(start));
        to.writeShort(query.getShort(start + 2) & KEPT | RESPONSE | RECURSION_AVAILABLE | SERVER_FAILURE);
        to.writeShort(question > 0 ? 1 : 0);
        to.writeZero(HEADER - 3 * Short.BYTES);
        to.writeBytes(query, start + HEADER, question);
    }

    /** Bytes of the one question, or 0 where there is not exactly one, or it can not be read. */
    private static int questionLength(ByteBuf query) {
        int start = query.readerIndex() + HEADER;
        int end = query.writerIndex();
        if (query.getShort(query.readerIndex() + 4) != 1) {
            return 0;
        }
        int at = start;
        while (at < end) {
            int label = query.getUnsignedByte(at);
            if (label > LONGEST_LABEL || at - start + label > LONGEST_NAME) {
                return 0;
            }
            at += 1 + label;
            if (label == 0) {
                int whole = at - start + 2 * Short.BYTES;
                return whole <= end - start ? whole : 0;
            }
        }
        return 0;
    }
}
