package dev.jvmm.virtio.net.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.testing.RequiresNetworks;
import dev.jvmm.virtio.VirtioFeature;
import dev.jvmm.virtio.net.MacAddress;
import dev.jvmm.virtio.net.NetConfig;
import dev.jvmm.virtio.net.NetDevice;
import dev.jvmm.virtio.net.NetFeature;
import dev.jvmm.virtio.net.NetHeader;
import dev.jvmm.virtio.testing.MockDriver;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A whole network card in front of a TAP: driver, rings, device, event loop, kernel. */
@RequiresNetworks
final class TapDeviceTest {
    private static final int BUFFER = 1600;
    private static final int BUFFERS = 64;
    private static final int STATUS = 6;
    private static final long OFFLOADS = NetFeature.CSUM | NetFeature.HOST_TSO4 | NetFeature.HOST_TSO6;

    private TestNamespace namespace;
    private PacketSocket host;
    private MockDriver driver;
    private final long[] posted = new long[1 << 16];

    @BeforeEach
    void open() {
        namespace = new TestNamespace();
        HostNetwork.Opened opened = HostNetwork.openTap("t0", 1, OptionalInt.empty(), namespace.path());
        driver = MockDriver.forDevice(new NetDevice("eth0", NetConfig.of(Frames.GUEST), opened.backend()));
        driver.start(VirtioFeature.VERSION_1 | NetFeature.MAC | NetFeature.STATUS | OFFLOADS);
        host = namespace.socket("t0");
    }

    @AfterEach
    void close() {
        host.close();
        driver.close();
        assertTrue(namespace.links.find("t0").isEmpty());
        namespace.close();
    }

    private void post(long at) {
        posted[driver.ring(0).post(0, at, BUFFER)] = at;
    }

    /** The next frame of our type. */
    private byte[] receive() {
        for (int i = 0; i < 1000; i++) {
            driver.awaitUsed(0);
            long at = posted[driver.ring(0).usedHead()];
            int length = (int) driver.ring(0).takeUsed();
            byte[] frame = driver.memory().read(at, length);
            post(at);
            driver.kick(0);
            if (BackendFixture.type(frame) == PacketSocket.EXPERIMENT) {
                return Arrays.copyOfRange(frame, NetHeader.SIZE, length);
            }
        }
        throw new AssertionError("only frames of others");
    }

    private void send(byte[] bytes) {
        long at = driver.allocate(bytes.length);
        driver.memory().write(at, bytes);
        driver.ring(1).post(1, at, bytes.length);
        driver.kick(1);
        driver.awaitUsed(1);
        driver.ring(1).takeUsed();
    }

    @Test
    void thousandsOfFrames() {
        for (int i = 0; i < BUFFERS; i++) {
            post(driver.allocate(BUFFER));
        }
        driver.kick(0);
        Random random = new Random(7);
        int[] lengths = new int[40];
        for (int round = 0; round < 100; round++) {
            for (int i = 0; i < lengths.length; i++) {
                lengths[i] = 60 + random.nextInt(1455);
                host.send(Frames.ethernet(Frames.GUEST, Frames.OTHER, lengths[i]));
            }
            for (int length : lengths) {
                assertArrayEquals(Frames.ethernet(Frames.GUEST, Frames.OTHER, length), receive());
            }
            byte[] out = Frames.ethernet(Frames.OTHER, Frames.GUEST, 60 + round);
            send(Frames.plain(out));
            assertArrayEquals(out, host.receive(PacketSocket.EXPERIMENT));
        }
    }

    @Test
    void framesWaitForBuffers() {
        for (int i = 0; i < 50; i++) {
            host.send(Frames.ethernet(Frames.GUEST, Frames.OTHER, 100 + i));
        }
        assertEquals(0, driver.interrupts());
        for (int i = 0; i < BUFFERS; i++) {
            post(driver.allocate(BUFFER));
        }
        driver.kick(0);
        for (int i = 0; i < 50; i++) {
            assertEquals(100 + i, receive().length);
        }
    }

    @Test
    void longTcp() {
        byte[] frame = Frames.tcp(Frames.OTHER, Frames.GUEST, 60_000);
        send(Frames.joined(Frames.tsoHeader(NetHeader.SIZE), frame));
        assertArrayEquals(frame, host.receive(Frames.IPV4));
    }

    @Test
    void aPulledCable() {
        for (int i = 0; i < BUFFERS; i++) {
            post(driver.allocate(BUFFER));
        }
        driver.kick(0);
        assertEquals(1, driver.config(STATUS, 2) & 1);
        namespace.links.remove(namespace.link("t0"));
        Pause.until("the link goes", () -> (driver.config(STATUS, 2) & 1) == 0);
        send(Frames.plain(Frames.ethernet(MacAddress.BROADCAST, Frames.GUEST, 60)));
    }
}
