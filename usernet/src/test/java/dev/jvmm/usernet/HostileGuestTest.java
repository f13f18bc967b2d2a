package dev.jvmm.usernet;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.packet.Protocol;
import dev.jvmm.usernet.service.Dns;
import dev.jvmm.usernet.service.Reassembly;
import dev.jvmm.usernet.service.UdpFlows;
import dev.jvmm.usernet.testing.Frames;
import dev.jvmm.usernet.testing.ScriptedGuest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A guest that sends whatever hurts: the network stays at work, and holds no more than it says. */
class HostileGuestTest extends NetworkFixture {
    private static final InetAddress LOOPBACK = IpAddress.parse("127.0.0.1").toInetAddress();

    /** Buffers that a network may hold besides those that are bounded by number: what is in the queues. */
    private static final int IN_QUEUES = 2 * 1024;

    /** Closed sockets that the selector has yet to let go: those of some batches of frames. */
    private static final int CLOSING = 4 * 64;

    @Test
    void noiseIsPassedOver() {
        ScriptedGuest guest = guest(UserNetwork.open(UserNetConfig.DEFAULTS), ScriptedGuest.ALL_OFFLOADS);
        Random random = new Random(4);
        for (int i = 0; i < 20_000; i++) {
            byte[] header = new byte[12];
            if (i % 3 == 0) {
                random.nextBytes(header);
            }
            byte[] frame = new byte[14 + random.nextInt(200)];
            random.nextBytes(frame);
            ByteBuf bytes = Unpooled.wrappedBuffer(frame);
            bytes.setShort(0, 0x5255).setInt(2, 0x0A00_0202).setByte(6, 0x52);
            bytes.setShort(12, i % 2 == 0 ? Protocol.IPV4 : i % 5 == 0 ? Protocol.ARP : Protocol.IPV6);
            guest.send(header, bytes);
        }
        announce(guest);
    }

    @Test
    void flowsAreBounded() throws Exception {
        ScriptedGuest guest = guest(UserNetConfig.DEFAULTS);
        try (DatagramSocket sink = new DatagramSocket(0, LOOPBACK)) {
            long before = descriptors();
            for (int i = 0; i < UdpFlows.MOST + 500; i++) {
                guest.send(udp(GATEWAY, 1024 + i, sink.getLocalPort(), new byte[1]));
            }
            announce(guest);
            long flows = descriptors() - before;
            assertTrue(flows >= UdpFlows.MOST - 10 && flows <= UdpFlows.MOST + CLOSING, flows + " sockets");
        }
    }

    @Test
    void questionsWithoutAnswersAreBounded() throws Exception {
        try (DatagramSocket silent = new DatagramSocket(0, LOOPBACK)) {
            ScriptedGuest guest = guest(
                    UserNetConfig.DEFAULTS.withResolver(new InetSocketAddress(LOOPBACK, silent.getLocalPort())));
            announce(guest);
            long before = descriptors();
            for (int i = 0; i < 2 * Dns.MOST; i++) {
                guest.send(udp(DNS, 1024 + i, 53, new byte[12]));
            }
            announce(guest);
            long questions = descriptors() - before;
            assertTrue(questions <= Dns.MOST + CLOSING, questions + " sockets");
        }
    }

    @Test
    void piecesOfPacketsAreBounded() {
        long before = Engine.buffersInUse();
        ScriptedGuest guest = guest(UserNetConfig.DEFAULTS);
        for (int i = 0; i < 5000; i++) {
            ByteBuf piece = Frames.v4(GUEST, GATEWAY, Protocol.UDP, Unpooled.buffer().writeZero(64), i, 0x2000);
            guest.send(Frames.ethernet(Frames.GATEWAY_MAC, Protocol.IPV4, piece));
        }
        announce(guest);
        long held = Engine.buffersInUse() - before;
        assertTrue(held <= Reassembly.MOST + 64, held + " buffers");
    }

    /** Frames that have no room wait with the guest; nothing is sent to a guest that takes nothing beyond the queue. */
    @Test
    void queuesAreBounded() {
        long before = Engine.buffersInUse();
        ScriptedGuest guest = guest(UserNetConfig.DEFAULTS);
        announce(guest);
        guest.pause(true);
        ByteBuf echo = Frames.icmp(GUEST, GATEWAY, 8, Unpooled.buffer().writeInt(1).writeZero(1000));
        for (int i = 0; i < 20_000; i++) {
            guest.send(Frames.ip(GUEST, GATEWAY, Protocol.ICMP, echo));
        }
        long held = Engine.buffersInUse() - before;
        assertTrue(held <= IN_QUEUES, held + " buffers");
        guest.pause(false);
        announce(guest);
    }
}
