package dev.jvmm.usernet.packet;

import io.netty.buffer.ByteBuf;
import java.util.Optional;

/**
 * What a DHCP client sends.
 *
 * @param kind the message type: {@link #DISCOVER} and so on
 * @param transaction the client's number for it
 * @param broadcast whether the client can not take unicast yet
 * @param clientAddress what it has now, or 0.0.0.0
 * @param clientMac its Ethernet address, low 48 bits
 * @param wanted the address that it asks for
 * @param server the server that it has chosen
 * @spec https://www.rfc-editor.org/rfc/rfc2131 RFC 2131
 * @spec https://www.rfc-editor.org/rfc/rfc2132 RFC 2132
 */
public record DhcpRequest(
        int kind, int transaction, boolean broadcast, IpAddress clientAddress, long clientMac,
        Optional<IpAddress> wanted, Optional<IpAddress> server) {
    public static final int DISCOVER = 1;
    public static final int OFFER = 2;
    public static final int REQUEST = 3;
    public static final int DECLINE = 4;
    public static final int ACK = 5;
    public static final int NAK = 6;
    public static final int RELEASE = 7;
    public static final int INFORM = 8;

    /** Bytes in front of the magic cookie. */
    public static final int FIXED = 236;

    /** In front of the options. */
    public static final int COOKIE = 0x6382_5363;

    /** BOOTREQUEST, Ethernet, addresses of 6 bytes. */
    private static final int FROM_ETHERNET = 0x01_01_06;

    private static final int OPTION_WANTED = 50;
    private static final int OPTION_KIND = 53;
    private static final int OPTION_SERVER = 54;
    private static final int PAD = 0;
    private static final int END = 255;

    /** Reads a datagram's data; nothing where it is no such message, or its options run over its end. */
    public static Optional<DhcpRequest> read(ByteBuf bytes, int start, int length) {
        if (length < FIXED + Integer.BYTES || bytes.getInt(start) >>> Byte.SIZE != FROM_ETHERNET
                || bytes.getInt(start + FIXED) != COOKIE) {
            return Optional.empty();
        }
        int kind = 0;
        Optional<IpAddress> wanted = Optional.empty();
        Optional<IpAddress> server = Optional.empty();
        int end = start + length;
        int at = start + FIXED + Integer.BYTES;
        while (at < end && bytes.getUnsignedByte(at) != END) {
            int code = bytes.getUnsignedByte(at++);
            if (code == PAD) {
                continue;
            }
            if (at == end || bytes.getUnsignedByte(at) >= end - at) {
                return Optional.empty();
            }
            int size = bytes.getUnsignedByte(at++);
            if (code == OPTION_KIND && size == 1) {
                kind = bytes.getUnsignedByte(at);
            } else if (code == OPTION_WANTED && size == Integer.BYTES) {
                wanted = Optional.of(IpAddress.readV4(bytes, at));
            } else if (code == OPTION_SERVER && size == Integer.BYTES) {
                server = Optional.of(IpAddress.readV4(bytes, at));
            }
            at += size;
        }
        if (kind < DISCOVER || kind > INFORM) {
            return Optional.empty();
        }
        return Optional.of(
                new DhcpRequest(
                        kind, bytes.getInt(start + 4), bytes.getShort(start + 10) < 0,
                        IpAddress.readV4(bytes, start + 12), Ethernet.address(bytes, start + 28), wanted, server));
    }
}
