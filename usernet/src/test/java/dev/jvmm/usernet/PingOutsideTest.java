package dev.jvmm.usernet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jvmm.linux.NetNamespace;
import dev.jvmm.linux.NetlinkMessage;
import dev.jvmm.linux.NetlinkSocket;
import dev.jvmm.linux.Rtnetlink;
import dev.jvmm.testing.RequiresNetworks;
import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.packet.Protocol;
import dev.jvmm.usernet.testing.Frames;
import dev.jvmm.usernet.testing.Received;
import dev.jvmm.usernet.testing.ScriptedGuest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Pings beyond the gateway, in a network namespace of the test's own where everybody may ping. */
class PingOutsideTest extends NetworkFixture {
    private static final int LOOPBACK_INDEX = 1;
    private static final int RTM_NEWADDR = 20;
    private static final int NLM_F_CREATE = 0x400;
    private static final int AF_INET = 2;
    private static final int IFA_LOCAL = 2;

    /** A network whose threads are in the namespace. */
    private static UserNetwork open() {
        try (NetlinkSocket socket = NetlinkSocket.open()) {
            NetlinkMessage message = new NetlinkMessage("switch lo on", Rtnetlink.RTM_NEWLINK, 0);
            socket.execute(
                    message.int16(0).int16(0).int32(LOOPBACK_INDEX).int32(Rtnetlink.IFF_UP).int32(Rtnetlink.IFF_UP));
            // an address of its own, and no loopback one
            message = new NetlinkMessage("add an address", RTM_NEWADDR, NLM_F_CREATE);
            message.int8(AF_INET).int8(Byte.SIZE * Integer.BYTES).int16(0).int32(LOOPBACK_INDEX);
            socket.execute(message.attribute(IFA_LOCAL, new byte[]{ (byte) 192, 0, 2, 1 }));
            Files.writeString(Path.of("/proc/sys/net/ipv4/ping_group_range"), "0 2147483647");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        UserNetwork network = UserNetwork.open(UserNetConfig.DEFAULTS);
        while (threads().contains("usernet-start")) {
            Thread.onSpinWait();
        }
        return network;
    }

    @Test
    @RequiresNetworks
    void answersComeBack() {
        try (NetNamespace namespace = NetNamespace.create()) {
            ScriptedGuest guest = guest(namespace.call(PingOutsideTest::open), 0);
            IpAddress outside = IpAddress.parse("192.0.2.1");
            for (int i = 1; i <= 3; i++) {
                ByteBuf echo = Unpooled.buffer().writeShort(0x1234).writeShort(i).writeLong(i);
                guest.send(Frames.ip(GUEST, outside, Protocol.ICMP, Frames.icmp(GUEST, outside, 8, echo)));
                Received reply = guest.await(frame -> frame.is(Protocol.ICMP));
                assertEquals(outside, reply.ip.from());
                assertEquals(0, reply.payload().getByte(0));
                assertEquals(echo, reply.payload().slice(4, echo.readableBytes()));
            }
            // who may not be reached otherwise is not pinged either
            IpAddress loopback = IpAddress.parse("127.0.0.1");
            ByteBuf echo = Unpooled.buffer().writeInt(1);
            guest.send(Frames.ip(GUEST, loopback, Protocol.ICMP, Frames.icmp(GUEST, loopback, 8, echo)));
            assertEquals(0x030D, guest.await(frame -> frame.is(Protocol.ICMP)).payload().getUnsignedShort(0));
            // more identifiers than there are sockets
            for (int i = 0; i < 200; i++) {
                ByteBuf one = Unpooled.buffer().writeShort(i).writeShort(1);
                guest.send(Frames.ip(GUEST, outside, Protocol.ICMP, Frames.icmp(GUEST, outside, 8, one)));
                int identifier = i;
                guest.await(frame -> frame.is(Protocol.ICMP) && frame.payload().getUnsignedShort(4) == identifier);
            }
        }
    }
}
