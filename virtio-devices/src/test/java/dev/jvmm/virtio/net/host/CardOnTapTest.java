package dev.jvmm.virtio.net.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.testing.RequiresNetworks;
import dev.jvmm.virtio.net.NetConfig;
import dev.jvmm.virtio.net.NetDevice;
import dev.jvmm.virtio.net.NetHeader;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A driver, its card and a TAP: frames go all the way, on the event loop as in a machine. */
@RequiresNetworks
@Timeout(120)
class CardOnTapTest {
    static final int RECEIVE = 0;
    static final int TRANSMIT = 1;
    private static final int BUFFER = 2048;
    private static final int BUFFERS = 100;

    private final Map<Integer, Long> buffers = new HashMap<>();
    TestNamespace namespace;
    NetDevice device;
    MockDriver driver;
    PacketSocket host;
    private long out;

    /** A card on a TAP of this name. */
    NetDevice card(String tap) {
        return new NetDevice("eth0", NetConfig.of(Frames.GUEST), opened(tap).backend());
    }

    HostNetwork.Opened opened(String tap) {
        return HostNetwork.openTap(tap, 1, OptionalInt.empty(), namespace.path());
    }

    @BeforeEach
    void open() {
        namespace = new TestNamespace();
        device = card("t0");
        driver = MockDriver.started(device);
        host = namespace.socketWithHeader("t0");
        fillUp();
    }

    /** Makes receive buffers available, to a driver that has none. */
    void fillUp() {
        out = driver.allocate(NetHeader.MOST);
        buffers.clear();
        for (int i = 0; i < BUFFERS; i++) {
            long at = driver.allocate(BUFFER);
            buffers.put(driver.ring(RECEIVE).post(0, at, BUFFER), at);
        }
        driver.kick(RECEIVE);
    }

    @AfterEach
    void close() {
        host.close();
        driver.close();
        namespace.close();
    }

    void send(byte[] frame) {
        driver.memory().write(out, frame);
        driver.ring(TRANSMIT).post(2, out, NetHeader.SIZE, out + NetHeader.SIZE, frame.length - NetHeader.SIZE);
        if (driver.ring(TRANSMIT).needsKick()) {
            driver.kick(TRANSMIT);
        }
        driver.awaitUsed(TRANSMIT);
        driver.ring(TRANSMIT).takeUsed();
    }

    /** The next frame of this type with its header, out of as many buffers as it took; their room is made available again. */
    byte[] receive(int type) {
        MockRing ring = driver.ring(RECEIVE);
        byte[] frame;
        do {
            frame = new byte[0];
            int left = 1;
            for (boolean first = true; left > 0; first = false) {
                driver.awaitUsed(RECEIVE);
                long at = buffers.get(ring.usedHead());
                byte[] part = driver.memory().read(at, (int) ring.takeUsed());
                left = first ? part[NetHeader.NUM_BUFFERS] : left;
                left--;
                frame = Frames.joined(frame, part);
                buffers.put(ring.post(0, at, BUFFER), at);
                if (ring.needsKick()) {
                    driver.kick(RECEIVE);
                }
            }
        } while (((frame[24] & 0xFF) << 8 | frame[25] & 0xFF) != type);
        return frame;
    }

    @Test
    void framesGoBothWays() {
        talk(2000);
    }

    /** So many frames out, each with an answer. */
    void talk(int frames) {
        for (int i = 0; i < frames; i++) {
            int length = 60 + i * 7 % 1455;
            byte[] frame = Frames.ethernet(Frames.OTHER, Frames.GUEST, length);
            send(Frames.plain(frame));
            assertArrayEquals(frame, host.receive(PacketSocket.EXPERIMENT));
            byte[] answer = Frames.ethernet(Frames.GUEST, Frames.OTHER, length);
            host.send(Frames.joined(new byte[10], answer));
            byte[] got = receive(PacketSocket.EXPERIMENT);
            assertArrayEquals(answer, Arrays.copyOfRange(got, NetHeader.SIZE, got.length));
        }
        assertFalse(driver.needsReset());
    }

    /** More than there are buffers, and than a turn takes: those that the TAP has room for come in order. */
    @Test
    void burstsComeInOrder() {
        byte[] frame = Frames.ethernet(Frames.GUEST, Frames.OTHER, 100);
        for (int i = 0; i < 400; i++) {
            frame[14] = (byte) i;
            frame[15] = (byte) (i >> 8);
            host.send(Frames.joined(new byte[10], frame));
        }
        for (int i = 0; i < 400; i++) {
            byte[] got = receive(PacketSocket.EXPERIMENT);
            assertEquals(i, got[26] & 0xFF | (got[27] & 0xFF) << 8);
        }
    }

    /** A segment of 60,000 bytes is read into some thirty buffers, and goes out in one piece. */
    @Test
    void segmentsStayWhole() {
        byte[] tcp = Frames.tcp(Frames.GUEST, Frames.OTHER, 60_000);
        for (int i = 0; i < 50; i++) {
            host.send(Frames.joined(Frames.tsoHeader(10), tcp));
            byte[] got = receive(Frames.IPV4);
            assertEquals(NetHeader.GSO_TCPV4, got[NetHeader.GSO_TYPE]);
            assertTrue(got[NetHeader.NUM_BUFFERS] >= 29);
            assertArrayEquals(Arrays.copyOfRange(tcp, 54, tcp.length), Arrays.copyOfRange(got, 66, got.length));
            byte[] back = Frames.tcp(Frames.OTHER, Frames.GUEST, 60_000);
            send(Frames.joined(Frames.tsoHeader(NetHeader.SIZE), back));
            byte[] seen = host.receive(Frames.IPV4);
            assertArrayEquals(Arrays.copyOfRange(back, 54, back.length), Arrays.copyOfRange(seen, 54, seen.length));
        }
    }
}
