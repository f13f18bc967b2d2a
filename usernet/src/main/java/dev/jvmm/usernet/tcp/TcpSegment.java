package dev.jvmm.usernet.tcp;

import io.netty.buffer.ByteBuf;

/**
 * A segment from the guest as its header says (RFC 9293, 3.1 and 3.2; options of RFC 7323 and RFC 2018). One object serves all
 * segments in turn.
 */
final class TcpSegment {
    static final int HEADER = 20;

    static final int FIN = 1;
    static final int SYN = 2;
    static final int RST = 4;
    static final int PSH = 8;
    static final int ACK = 16;

    static final int OPTION_END = 0;
    static final int OPTION_NOTHING = 1;
    static final int OPTION_MSS = 2;
    static final int OPTION_SCALE = 3;
    static final int OPTION_SACK_PERMITTED = 4;
    static final int OPTION_SACK = 5;

    /** RFC 7323, 2.3: a larger shift counts as this. */
    static final int MOST_SCALE = 14;
    static final int MOST_SACKS = 4;

    private static final int SEQUENCE_AT = 4;
    private static final int ACKNOWLEDGMENT_AT = 8;
    private static final int OFFSET_AT = 12;
    private static final int WINDOW_AT = 14;
    private static final int FLAGS = 0x3F;
    private static final int SACK_BLOCK = 8;

    ByteBuf buffer;
    int sourcePort;
    int destinationPort;
    int sequence;
    int acknowledgment;
    int flags;

    /** As it stands in the header, not scaled. */
    int window;

    /** 0: not said. */
    int maximumSize;

    /** -1: not said. */
    int scale;
    boolean sackPermitted;
    int sacks;
    final int[] sackLeft = new int[MOST_SACKS];
    final int[] sackRight = new int[MOST_SACKS];

    /** Where the payload is in the buffer. */
    int payloadAt;
    int payload;

    /**
     * Takes a segment's readable bytes.
     *
     * @return false when it is none
     */
    boolean parse(ByteBuf from) {
        int length = from.readableBytes();
        if (length < HEADER) {
            return false;
        }
        int at = from.readerIndex();
        int header = (from.getByte(at + OFFSET_AT) & 0xF0) >> 2;
        if (header < HEADER || header > length) {
            return false;
        }
        buffer = from;
        int ports = from.getInt(at);
        sourcePort = ports >>> 16;
        destinationPort = ports & 0xFFFF;
        sequence = from.getInt(at + SEQUENCE_AT);
        acknowledgment = from.getInt(at + ACKNOWLEDGMENT_AT);
        flags = from.getByte(at + OFFSET_AT + 1) & FLAGS;
        window = from.getUnsignedShort(at + WINDOW_AT);
        maximumSize = 0;
        scale = -1;
        sackPermitted = false;
        sacks = 0;
        if (header > HEADER) {
            options(at + HEADER, at + header);
        }
        payloadAt = at + header;
        payload = length - header;
        return true;
    }

    /** Options up to the first that lies about its length; the rest is nothing that a connection would need. */
    private void options(int from, int end) {
        int at = from;
        while (at < end) {
            int kind = buffer.getByte(at);
            if (kind == OPTION_NOTHING) {
                at++;
                continue;
            }
            if (kind == OPTION_END || end - at < 2) {
                return;
            }
            int length = buffer.getUnsignedByte(at + 1);
            if (length < 2 || length > end - at) {
                return;
            }
            option(kind, at + 2, length - 2);
            at += length;
        }
    }

    private void option(int kind, int at, int length) {
        if (kind == OPTION_SACK) {
            sacks = Math.min(length / SACK_BLOCK, MOST_SACKS);
            for (int i = 0; i < sacks; i++) {
                sackLeft[i] = buffer.getInt(at + SACK_BLOCK * i);
                sackRight[i] = buffer.getInt(at + SACK_BLOCK * i + SACK_BLOCK / 2);
            }
        } else if (kind == OPTION_MSS && length == 2) {
            maximumSize = buffer.getUnsignedShort(at);
        } else if (kind == OPTION_SCALE && length == 1) {
            scale = Math.min(buffer.getUnsignedByte(at), MOST_SCALE);
        } else if (kind == OPTION_SACK_PERMITTED && length == 0) {
            sackPermitted = true;
        }
    }

    boolean syn() {
        return (flags & SYN) != 0;
    }

    boolean ack() {
        return (flags & ACK) != 0;
    }

    boolean rst() {
        return (flags & RST) != 0;
    }

    boolean fin() {
        return (flags & FIN) != 0;
    }

    /** In sequence space: bytes, SYN and FIN. */
    int length() {
        return payload + (flags & FIN) + ((flags & SYN) >> 1);
    }

    /** Takes the first bytes off, the payload's or, behind them, a FIN. */
    void cutFront(int bytes) {
        int cut = Math.min(bytes, payload);
        payloadAt += cut;
        payload -= cut;
        sequence += bytes;
        if (bytes > cut) {
            flags &= ~FIN;
        }
    }

    /** Takes the last places off: a FIN, and the payload's last bytes. */
    void cutBack(int places) {
        int bytes = places;
        if (fin()) {
            flags &= ~FIN;
            bytes--;
        }
        payload -= bytes;
    }
}
