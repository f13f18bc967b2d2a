package dev.jvmm.usernet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jvmm.usernet.packet.ArpPacket;
import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.packet.Protocol;
import dev.jvmm.usernet.testing.Frames;
import dev.jvmm.usernet.testing.Leaks;
import dev.jvmm.usernet.testing.ScriptedGuest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** Networks with a scripted guest, and the look afterwards whether anything is left of them. */
abstract class NetworkFixture {
    static final IpAddress GUEST = IpAddress.parse("10.0.2.15");
    static final IpAddress GATEWAY = IpAddress.parse("10.0.2.2");
    static final IpAddress DNS = IpAddress.parse("10.0.2.3");
    static final IpAddress GUEST6 = IpAddress.parse("fec0::5054:ff:fe12:3456");
    static final IpAddress GATEWAY6 = IpAddress.parse("fec0::2");
    static final IpAddress DNS6 = IpAddress.parse("fec0::3");

    private final List<ScriptedGuest> guests = new ArrayList<>();
    private long buffersBefore;
    private long descriptorsBefore;

    @BeforeEach
    void countBuffers() {
        buffersBefore = Engine.buffersInUse();
        descriptorsBefore = descriptors();
    }

    /** Sockets, and what watches them. */
    static long descriptors() {
        long count = 0;
        for (File link : new File("/proc/self/fd").listFiles()) {
            try {
                String target = Files.readSymbolicLink(link.toPath()).toString();
                count += target.startsWith("socket:") || target.startsWith("anon_inode:") ? 1 : 0;
            } catch (IOException e) {
                // the one that listed the folder
            }
        }
        return count;
    }

    /** What the JDK opens for itself with its first socket, and keeps. */
    @BeforeAll
    static void firstSockets() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept()) {
            client.getOutputStream().write(1);
            accepted.getInputStream().read();
        }
    }

    /** Buffers that were lost show when the collector comes. */
    @AfterAll
    static void nothingWasLost() throws InterruptedException {
        Leaks.none();
    }

    /** Every test is one of close(), too: no thread, no buffer, no descriptor. */
    @AfterEach
    void nothingIsLeft() {
        for (ScriptedGuest guest : guests) {
            guest.close();
        }
        assertEquals(List.of(), threads());
        assertEquals(buffersBefore, Engine.buffersInUse(), "buffers");
        assertEquals(descriptorsBefore, descriptors(), "descriptors");
    }

    static List<String> threads() {
        List<String> names = new ArrayList<>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("usernet")) {
                names.add(thread.getName());
            }
        }
        return names;
    }

    ScriptedGuest guest(UserNetwork network, long features) {
        ScriptedGuest guest = new ScriptedGuest(network, features);
        guests.add(guest);
        return guest;
    }

    ScriptedGuest guest(UserNetConfig config) {
        return guest(UserNetwork.open(config), 0);
    }

    /** Lets the network know where the guest is. */
    static void announce(ScriptedGuest guest) {
        guest.send(
                arp(new ArpPacket(ArpPacket.REQUEST, Frames.GUEST_MAC, GUEST, 0, GATEWAY)));
        guest.await(frame -> frame.etherType == Protocol.ARP);
    }

    static ByteBuf arp(ArpPacket packet) {
        ByteBuf bytes = Unpooled.buffer();
        packet.write(bytes);
        return Frames.ethernet(0xFFFF_FFFF_FFFFL, Protocol.ARP, bytes);
    }

    static ByteBuf udp(IpAddress to, int fromPort, int toPort, byte... data) {
        IpAddress from = to.isV4() ? GUEST : GUEST6;
        return Frames.ip(from, to, Protocol.UDP, Frames.udp(from, fromPort, to, toPort, data));
    }
}
