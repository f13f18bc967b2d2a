package dev.jvmm.usernet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.jvmm.usernet.packet.ArpPacket;
import dev.jvmm.usernet.packet.Protocol;
import dev.jvmm.usernet.testing.Frames;
import dev.jvmm.usernet.testing.Received;
import dev.jvmm.virtio.net.MacAddress;
import dev.jvmm.virtio.net.NetConfig;
import dev.jvmm.virtio.net.NetDevice;
import dev.jvmm.virtio.net.NetHeader;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A driver, its card and a user-mode network, with rings and event loop as in a machine. */
@Timeout(120)
class CardTest extends NetworkFixture {
    private static final int RECEIVE = 0;
    private static final int TRANSMIT = 1;
    private static final int BUFFER = 2048;
    private static final int BUFFERS = 64;

    private final Map<Integer, Long> buffers = new HashMap<>();
    private MockDriver driver;
    private long out;

    private void start() {
        buffers.clear();
        out = driver.allocate(NetHeader.MOST);
        for (int i = 0; i < BUFFERS; i++) {
            long at = driver.allocate(BUFFER);
            buffers.put(driver.ring(RECEIVE).post(0, at, BUFFER), at);
        }
        driver.kick(RECEIVE);
    }

    private void send(ByteBuf frame) {
        byte[] bytes = new byte[NetHeader.SIZE + frame.readableBytes()];
        frame.getBytes(frame.readerIndex(), bytes, NetHeader.SIZE, frame.readableBytes());
        driver.memory().write(out, bytes);
        driver.ring(TRANSMIT).post(1, out, bytes.length);
        if (driver.ring(TRANSMIT).needsKick()) {
            driver.kick(TRANSMIT);
        }
        driver.awaitUsed(TRANSMIT);
        driver.ring(TRANSMIT).takeUsed();
    }

    /** The next frame, out of as many buffers as it took. */
    private Received receive() {
        MockRing ring = driver.ring(RECEIVE);
        byte[] frame = new byte[0];
        int left = 1;
        for (boolean first = true; left > 0; first = false) {
            driver.awaitUsed(RECEIVE);
            long at = buffers.remove(ring.usedHead());
            byte[] part = driver.memory().read(at, (int) ring.takeUsed());
            left = first ? part[NetHeader.NUM_BUFFERS] : left;
            left--;
            if (first) {
                part[NetHeader.NUM_BUFFERS] = 1;
            }
            int had = frame.length;
            frame = Arrays.copyOf(frame, had + part.length);
            System.arraycopy(part, 0, frame, had, part.length);
            buffers.put(ring.post(0, at, BUFFER), at);
            if (ring.needsKick()) {
                driver.kick(RECEIVE);
            }
        }
        return new Received(frame);
    }

    private void ping(int number, int length) {
        ByteBuf echo = Unpooled.buffer().writeShort(7).writeShort(number).writeZero(length).writeByte(number);
        send(Frames.ip(GUEST, GATEWAY, Protocol.ICMP, Frames.icmp(GUEST, GATEWAY, 8, echo)));
        Received reply = receive();
        assertEquals(0, reply.payload().getByte(0));
        assertEquals(echo, reply.payload().slice(4, echo.readableBytes()));
    }

    @Test
    void framesGoBothWaysThroughReboots() {
        UserNetwork network = UserNetwork.open(UserNetConfig.DEFAULTS.withMtu(9000));
        NetConfig config = NetConfig.of(new MacAddress(Frames.GUEST_MAC)).withMtu(9000);
        driver = MockDriver.started(new NetDevice("eth0", config, network));
        try {
            for (int boot = 0; boot < 4; boot++) {
                start();
                send(arp(new ArpPacket(ArpPacket.REQUEST, Frames.GUEST_MAC, GUEST, 0, GATEWAY)));
                assertEquals(Protocol.ARP, receive().etherType);
                for (int i = 0; i < 500; i++) {
                    ping(i, i * 37 % 8900);
                }
                assertFalse(driver.needsReset());
                driver.rewind();
                driver.reset();
                driver.start();
            }
        } finally {
            driver.close();
        }
    }
}
