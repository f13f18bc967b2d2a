package dev.jvmm.usernet.packet;

import io.netty.buffer.ByteBuf;

/**
 * A UDP datagram's header, checked against the bytes that there are. One object reads one after the other; for one thread.
 *
 * @spec https://www.rfc-editor.org/rfc/rfc768 RFC 768
 */
public final class UdpDatagram {
    /** Bytes of the header. */
    public static final int HEADER = 8;

    /** Where the checksum is in it. */
    public static final int CHECKSUM = 6;

    private int sourcePort;
    private int destinationPort;
    private int payload;
    private int payloadLength;

    /** Nothing read yet. */
    public UdpDatagram() {}

    /**
     * Reads a header. The checksum is not looked at.
     *
     * @param start where it begins
     * @param length bytes of IP's payload
     * @return false when it can not be believed
     */
    public boolean read(ByteBuf bytes, int start, int length) {
        if (length < HEADER) {
            return false;
        }
        int stated = bytes.getUnsignedShort(start + 4);
        if (stated < HEADER || stated > length) {
            return false;
        }
        sourcePort = bytes.getUnsignedShort(start);
        destinationPort = bytes.getUnsignedShort(start + 2);
        payload = start + HEADER;
        payloadLength = stated - HEADER;
        return true;
    }

    /** 0 to 65535. */
    public int sourcePort() {
        return sourcePort;
    }

    /** 0 to 65535. */
    public int destinationPort() {
        return destinationPort;
    }

    /** Index of the data. */
    public int payload() {
        return payload;
    }

    /** Bytes of the data. */
    public int payloadLength() {
        return payloadLength;
    }
}
