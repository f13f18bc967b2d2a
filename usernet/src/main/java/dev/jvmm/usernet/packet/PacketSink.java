package dev.jvmm.usernet.packet;

import io.netty.buffer.ByteBuf;

/** The way to the guest. On the stack's thread only. */
public interface PacketSink {
    /**
     * Takes over the buffer, an L4 packet with its header, also when it is dropped. TCP's checksum field is the sink's to fill.
     *
     * @param protocol as in an IP header: 6 for TCP, 17 for UDP
     * @param segmentSize 0: one packet; else TCP payload bytes of each segment that the guest is to see, and the buffer may hold up to
     *     {@link #most} bytes
     * @return false when it was dropped since the guest takes nothing now: {@code guestWritable} will tell. A packet that is lost as on
     *     any network gives true
     */
    boolean send(IpAddress from, IpAddress to, int protocol, ByteBuf packet, int segmentSize);

    /** The most bytes of an L4 packet in one send: about 65,000 where the guest takes long TCP packets, else what fits the {@link #mtu}. */
    int most();

    /** Bytes of the largest IP packet on the link. */
    int mtu();
}
