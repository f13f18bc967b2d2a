package dev.jvmm.usernet.link;

import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.packet.PacketSink;
import io.netty.buffer.ByteBuf;

/** The way to the guest for those who know more of it than {@link PacketSink} does. On the stack's thread only. */
public interface LinkSink extends PacketSink {
    /** Sends a frame; takes over its payload, also when it is dropped. */
    void frame(long destination, int etherType, ByteBuf payload);

    /** As {@link #send} of one packet, to a neighbour who has not told its address, or who is everybody. */
    void sendTo(long destination, IpAddress from, IpAddress to, int protocol, ByteBuf packet);

    /**
     * Sends data with a UDP header; takes it over, also when it is dropped.
     *
     * @param data up to 65,507 bytes; it is cut into fragments where it is longer than the link takes
     */
    void udp(IpAddress from, int fromPort, IpAddress to, int toPort, ByteBuf data);
}
