package dev.jvmm.virtio.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.VirtioFeature;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.MockRing;
import dev.jvmm.virtio.testing.VirtioDeviceContract;
import dev.jvmm.virtio.transport.MmioRegisters;
import java.util.IdentityHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NetDeviceTest extends VirtioDeviceContract {
    private static final int PAIRS = 2;
    private static final NetConfig CONFIG = NetConfig.of(NetFixture.MAC).withPairs(PAIRS).withMtu(1500);

    private final Map<VirtioDevice, MemoryBackend> backends = new IdentityHashMap<>();

    @Override
    protected VirtioDevice create() {
        MemoryBackend backend = new MemoryBackend(PAIRS);
        NetDevice device = new NetDevice("eth0", CONFIG, backend);
        backends.put(device, backend);
        return device;
    }

    private MemoryBackend backend(MockDriver driver) {
        return backends.get(driver.transport().device());
    }

    @Override
    protected boolean changesWhenRestored() {
        return true; // it asks for an announcement
    }

    @Override
    protected void proveWorking(MockDriver driver) {
        NetDriver net = new NetDriver(driver, 2 * PAIRS);
        MemoryBackend backend = backend(driver);
        byte[] out = NetDriver.frame(300);
        net.send(0, out);
        assertArrayEquals(out, backend.sent.getLast().frame());
        assertEquals(0, backend.sent.getLast().pair());
        net.rooms(0, 1, 2048);
        byte[] in = NetDriver.frame(200);
        backend.arrive(0, in);
        assertArrayEquals(in, net.receive(0));
    }

    @Override
    protected Runnable steadyRequest(MockDriver driver) {
        MockRing ring = driver.ring(1);
        byte[] frame = NetDriver.frame(100);
        long at = driver.allocate(frame.length);
        driver.memory().write(at, frame);
        backend(driver).answer = -5; // so that it keeps nothing
        ring.post(1, at, frame.length);
        driver.kick(1);
        ring.takeUsedAndKeep();
        return () -> {
            ring.publish(0);
            driver.kick(1);
            ring.takeUsedAndKeep();
        };
    }

    @Test
    void itSaysWhatItHas() {
        try (MockDriver driver = MockDriver.forDevice(create())) {
            assertEquals(0x5634_1200_5452L, driver.config(CardConfig.MAC, 8) & 0xFFFF_FFFF_FFFFL);
            assertEquals(CardConfig.LINK_UP, driver.config(CardConfig.STATUS, 2));
            assertEquals(PAIRS, driver.config(CardConfig.MOST_PAIRS, 2));
            assertEquals(1500, driver.config(CardConfig.MTU, 2));
            assertEquals(10_000, driver.config(CardConfig.SPEED, 4));
            assertEquals(1, driver.config(CardConfig.DUPLEX, 1));
            long all = NetFeature.OFFLOADS | NetFeature.MQ | NetFeature.MTU | NetFeature.CTRL_GUEST_OFFLOADS;
            assertEquals(all, driver.offered() & all);
        }
    }

    @Test
    void whatIsNotThereIsNotOffered() {
        MemoryBackend plain = new MemoryBackend(1);
        plain.features = NetFeature.CSUM;
        try (MockDriver driver = MockDriver.forDevice(new NetDevice("eth0", NetConfig.of(NetFixture.MAC), plain))) {
            long missing = NetFeature.OFFLOADS & ~NetFeature.CSUM | NetFeature.MQ | NetFeature.MTU
                    | NetFeature.CTRL_GUEST_OFFLOADS;
            assertEquals(0, driver.offered() & missing);
            assertEquals(NetFeature.CSUM, driver.offered() & NetFeature.CSUM);
        }
        assertTrue(plain.closed);
    }

    @Test
    void moreQueuesThanTheNetworkHasAreRefused() {
        MemoryBackend one = new MemoryBackend(1);
        NetException refused = assertThrows(NetException.class,
                () -> new NetDevice("eth0", NetConfig.of(NetFixture.MAC).withPairs(2), one));
        assertEquals("network eth0: 2 queue pairs, and this network has 1", refused.getMessage());
    }

    /** 5.1.3.1, 2.2.2. */
    @Test
    void featuresNeedWhatTheyRequire() {
        try (MockDriver driver = MockDriver.forDevice(create())) {
            long bare = VirtioFeature.VERSION_1 | NetFeature.MAC;
            long[][] rules = {
                { NetFeature.GUEST_TSO4, NetFeature.GUEST_CSUM }, { NetFeature.GUEST_TSO6, NetFeature.GUEST_CSUM },
                { NetFeature.GUEST_UFO, NetFeature.GUEST_CSUM }, { NetFeature.GUEST_USO4, NetFeature.GUEST_CSUM },
                { NetFeature.GUEST_USO6, NetFeature.GUEST_CSUM }, { NetFeature.HOST_TSO4, NetFeature.CSUM },
                { NetFeature.HOST_TSO6, NetFeature.CSUM }, { NetFeature.HOST_UFO, NetFeature.CSUM },
                { NetFeature.HOST_USO, NetFeature.CSUM }, { NetFeature.CTRL_RX, NetFeature.CTRL_VQ },
                { NetFeature.CTRL_VLAN, NetFeature.CTRL_VQ }, { NetFeature.GUEST_ANNOUNCE, NetFeature.CTRL_VQ },
                { NetFeature.MQ, NetFeature.CTRL_VQ }, { NetFeature.CTRL_MAC_ADDR, NetFeature.CTRL_VQ },
                { NetFeature.GUEST_ECN, NetFeature.GUEST_CSUM | NetFeature.GUEST_TSO6 },
                { NetFeature.HOST_ECN, NetFeature.CSUM | NetFeature.HOST_TSO4 },
            };
            for (long[] rule : rules) {
                assertEquals(false, driver.negotiate(bare | rule[0]), Long.toHexString(rule[0]));
                assertTrue(driver.negotiate(bare | rule[0] | rule[1]), Long.toHexString(rule[0]));
            }
            assertEquals(false, driver.negotiate(bare | NetFeature.GUEST_ECN | NetFeature.GUEST_CSUM));
            assertEquals(false, driver.negotiate(bare | NetFeature.HOST_ECN | NetFeature.CSUM));
        }
    }

    @Test
    void theBackendHearsOfTheDriver() {
        try (MockDriver driver = MockDriver.forDevice(create())) {
            MemoryBackend backend = backend(driver);
            assertEquals(0, backend.resets);
            driver.start();
            assertEquals(driver.offered(), backend.configured);
            assertEquals(1, backend.pairsInUse, "until the driver asks for more");
            driver.reset();
            assertEquals(1, backend.resets);
            driver.reset();
            assertEquals(1, backend.resets, "there was no driver");
            driver.rewind();
            driver.start(VirtioFeature.VERSION_1);
            assertEquals(VirtioFeature.VERSION_1, backend.configured);
        }
    }

    /** A driver without MQ has its control queue in the third place (5.1.2), and the queues behind it are nobody's. */
    @Test
    void theControlQueueComesBehindThoseInUse() {
        try (MockDriver driver = MockDriver.forDevice(create())) {
            driver.start(driver.offered() & ~NetFeature.MQ);
            assertEquals(NetControl.OK,
                    new NetDriver(driver, 2).command(NetControl.CLASS_RX, ReceiveFilter.PROMISCUOUS, (byte) 0));
            long at = driver.allocate(64);
            driver.ring(3).post(1, at, 64);
            driver.ring(4).post(1, at, 2, at + 2, 1);
            driver.kick(3);
            driver.kick(4);
            assertEquals(false, driver.ring(3).hasUsed());
            assertEquals(false, driver.ring(4).hasUsed());
            assertEquals(false, driver.needsReset());
        }
    }

    /** 4.2.2.2: a driver that takes its queue back gets what the device holds of it. */
    @Test
    void queuesGoBackToTheDriver() {
        try (MockDriver driver = MockDriver.started(create())) {
            NetDriver net = new NetDriver(driver, 2 * PAIRS);
            net.rooms(0, 10, NetDriver.BUFFER);
            backend(driver).full();
            net.post(1, NetDriver.frame(64), 1000);
            driver.kick(1);
            for (int queue = 0; queue < 2; queue++) {
                driver.write(MmioRegisters.QUEUE_SEL, queue);
                driver.write(MmioRegisters.QUEUE_READY, 0);
                assertEquals(0, driver.read(MmioRegisters.QUEUE_READY), "queue " + queue);
            }
            backend(driver).room(0);
            assertTrue(backend(driver).sent.isEmpty());
            backend(driver).arrive(0, NetDriver.frame(64));
            backend(driver).listener.readable(0);
            driver.kick(0);
            driver.kick(1);
            assertEquals(false, driver.needsReset());
            driver.reset();
            driver.rewind();
            backend(driver).forget();
            driver.start();
            proveWorking(driver);
        }
    }
}
