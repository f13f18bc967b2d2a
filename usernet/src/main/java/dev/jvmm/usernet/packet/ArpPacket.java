package dev.jvmm.usernet.packet;

import io.netty.buffer.ByteBuf;
import java.util.Optional;

/**
 * ARP for IPv4 over Ethernet.
 *
 * @param operation {@link #REQUEST} or {@link #REPLY}
 * @param senderMac low 48 bits
 * @param targetMac low 48 bits; 0 in a request
 * @spec https://www.rfc-editor.org/rfc/rfc826 RFC 826
 */
public record ArpPacket(int operation, long senderMac, IpAddress sender, long targetMac, IpAddress target) {
    /** Who has this address? */
    public static final int REQUEST = 1;

    /** I have. */
    public static final int REPLY = 2;

    /** Bytes. */
    public static final int SIZE = 28;

    /** Hardware type 1, protocol IPv4, six and four bytes. */
    private static final long KIND = 0x0001_0800_0604L;

    /** Reads what lies between two indexes; nothing where it is no ARP of this kind, or neither request nor reply. */
    public static Optional<ArpPacket> read(ByteBuf bytes, int start, int end) {
        if (end - start < SIZE) {
            return Optional.empty();
        }
        long kind = bytes.getLong(start);
        int operation = (int) kind & 0xFFFF;
        if (kind >>> Short.SIZE != KIND || operation != REQUEST && operation != REPLY) {
            return Optional.empty();
        }
        return Optional.of(
                new ArpPacket(
                        operation, Ethernet.address(bytes, start + 8), IpAddress.readV4(bytes, start + 14),
                        Ethernet.address(bytes, start + 18), IpAddress.readV4(bytes, start + 24)));
    }

    /** Appends the packet. */
    public void write(ByteBuf to) {
        to.writeLong(KIND << Short.SIZE | operation);
        Ethernet.write(to, senderMac);
        sender.write(to);
        Ethernet.write(to, targetMac);
        target.write(to);
    }
}
