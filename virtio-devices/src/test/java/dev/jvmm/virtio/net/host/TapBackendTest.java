package dev.jvmm.virtio.net.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.Tap;
import dev.jvmm.testing.RequiresNetworks;
import dev.jvmm.virtio.net.NetFeature;
import dev.jvmm.virtio.net.NetHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A TAP's frames, seen from the host's side by packet sockets. */
@RequiresNetworks
final class TapBackendTest {
    private static final int EXPERIMENT = PacketSocket.EXPERIMENT;
    private static final long TSO = NetFeature.GUEST_CSUM | NetFeature.GUEST_TSO4 | NetFeature.GUEST_TSO6
            | NetFeature.GUEST_ECN;

    private TestNamespace namespace;
    private TapBackend tap;
    private BackendFixture device;

    @BeforeEach
    void open() {
        namespace = new TestNamespace();
        start(1, OptionalInt.empty());
    }

    private void start(int pairs, OptionalInt mtu) {
        stop();
        HostNetwork.Opened opened = HostNetwork.openTap("t0", pairs, mtu, namespace.path());
        tap = (TapBackend) opened.backend();
        device = new BackendFixture(tap);
        assertEquals(mtu.orElse(1500), opened.mtu().getAsInt());
        assertEquals(pairs, tap.pairs());
    }

    private void stop() {
        if (device != null) {
            device.close();
            device = null;
        }
    }

    @AfterEach
    void close() {
        stop();
        assertEquals(new TreeSet<>(List.of("lo")), namespace.names(), "the TAP went with its backend");
        namespace.close();
    }

    private void configure(long features, int pairs) {
        device.locked(() -> {
            tap.configure(features, pairs);
            return 0;
        });
    }

    @Test
    void framesGoOutAndIn() {
        configure(0, 1);
        try (PacketSocket host = namespace.socket("t0")) {
            for (int length : new int[]{ 60, 61, 1514 }) {
                byte[] frame = Frames.ethernet(Frames.OTHER, Frames.GUEST, length);
                assertEquals(12 + length, device.send(0, Frames.plain(frame), 7));
                assertArrayEquals(frame, host.receive(EXPERIMENT));
                byte[] answer = Frames.ethernet(Frames.GUEST, Frames.OTHER, length);
                host.send(answer);
                byte[] got = device.receive(0, EXPERIMENT);
                assertArrayEquals(answer, Arrays.copyOfRange(got, NetHeader.SIZE, got.length));
                assertEquals(0, got[NetHeader.FLAGS] & NetHeader.F_NEEDS_CSUM);
                assertEquals(NetHeader.GSO_NONE, got[NetHeader.GSO_TYPE]);
            }
        }
    }

    @Test
    void chainsOfMorePiecesThanTheKernelTakesAreCopied() {
        configure(0, 1);
        try (PacketSocket host = namespace.socket("t0")) {
            byte[] frame = Frames.ethernet(Frames.OTHER, Frames.GUEST, 1500);
            assertEquals(1512, device.send(0, Frames.plain(frame), 1));
            assertArrayEquals(frame, host.receive(EXPERIMENT));
        }
    }

    /** As soon as all of it is compiled: until then each downcall allocates. */
    @Test
    void nothingIsAllocated() {
        configure(0, 1);
        byte[] frame = Frames.plain(Frames.ethernet(Frames.OTHER, Frames.GUEST, 1514));
        long bytes = Long.MAX_VALUE;
        for (int i = 0; i < 100 && bytes >= 1000; i++) {
            device.allocated(10_000, frame);
            bytes = device.allocated(1000, frame);
        }
        assertTrue(bytes < 1000, bytes + " bytes for 1000 frames");
    }

    @Test
    void longMtu() {
        start(1, OptionalInt.of(9000));
        configure(0, 1);
        try (PacketSocket host = namespace.socket("t0")) {
            byte[] frame = Frames.ethernet(Frames.GUEST, Frames.OTHER, 9014);
            host.send(frame);
            byte[] got = device.receive(0, EXPERIMENT);
            assertArrayEquals(frame, Arrays.copyOfRange(got, NetHeader.SIZE, got.length));
        }
    }

    @Test
    void theGuestSendsLongTcp() {
        configure(TSO, 1);
        try (PacketSocket host = namespace.socketWithHeader("t0")) {
            byte[] frame = Frames.tcp(Frames.OTHER, Frames.GUEST, 60_000);
            assertTrue(device.send(0, Frames.joined(Frames.tsoHeader(NetHeader.SIZE), frame), 4096) > 0);
            assertArrayEquals(frame, host.receive(Frames.IPV4), "as it was: nobody had to cut it");
            byte[] lie = Frames.tsoHeader(NetHeader.SIZE);
            lie[NetHeader.GSO_TYPE] = 77;
            assertEquals(-Errno.EINVAL, device.send(0, Frames.joined(lie, frame), 4096));
        }
    }

    @Test
    void theGuestTakesLongTcpOrGetsSegments() {
        try (PacketSocket host = namespace.socketWithHeader("t0")) {
            byte[] frame = Frames.tcp(Frames.GUEST, Frames.OTHER, 10 * Frames.SEGMENT);
            configure(TSO, 1);
            host.send(Frames.joined(Frames.tsoHeader(10), frame));
            byte[] whole = device.receive(0, Frames.IPV4);
            assertEquals(12 + frame.length, whole.length);
            ByteBuffer header = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
            assertEquals(NetHeader.GSO_TCPV4, header.get(NetHeader.GSO_TYPE));
            assertEquals(Frames.SEGMENT, header.getShort(NetHeader.GSO_SIZE));
            assertEquals(NetHeader.F_NEEDS_CSUM, header.get(NetHeader.FLAGS));
            configure(0, 1);
            host.send(Frames.joined(Frames.tsoHeader(10), frame));
            for (int i = 0; i < 10; i++) {
                byte[] segment = device.receive(0, Frames.IPV4);
                assertEquals(12 + Frames.TCP_HEADERS + Frames.SEGMENT, segment.length);
                assertEquals(0, segment[NetHeader.FLAGS], "with a checksum");
                assertEquals(NetHeader.GSO_NONE, segment[NetHeader.GSO_TYPE]);
            }
        }
    }

    private static final long GUEST_USO = NetFeature.GUEST_CSUM | NetFeature.GUEST_USO4 | NetFeature.GUEST_USO6;

    private void assumeUso() {
        assumeTrue((tap.features() & NetFeature.HOST_USO) != 0, "this host's TAPs do not cut UDP: Linux before 6.2");
        assertEquals(GUEST_USO, tap.features() & GUEST_USO);
    }

    @Test
    void theGuestSendsLongUdp() {
        assumeUso();
        configure(GUEST_USO, 1);
        try (PacketSocket host = namespace.socketWithHeader("t0")) {
            byte[] frame = Frames.longUdp(Frames.OTHER, Frames.GUEST, 20 * Frames.SEGMENT);
            assertTrue(device.send(0, Frames.joined(Frames.usoHeader(NetHeader.SIZE), frame), 4096) > 0);
            assertArrayEquals(frame, host.receive(Frames.IPV4), "as it was: nobody had to cut it");
        }
    }

    @Test
    void theGuestTakesLongUdpOrGetsDatagrams() {
        assumeUso();
        try (PacketSocket host = namespace.socketWithHeader("t0")) {
            byte[] frame = Frames.longUdp(Frames.GUEST, Frames.OTHER, 10 * Frames.SEGMENT);
            configure(GUEST_USO, 1);
            host.send(Frames.joined(Frames.usoHeader(10), frame));
            byte[] whole = device.receive(0, Frames.IPV4);
            assertEquals(NetHeader.SIZE + frame.length, whole.length);
            assertEquals(NetHeader.GSO_UDP_L4, whole[NetHeader.GSO_TYPE]);
            configure(NetFeature.GUEST_CSUM | NetFeature.GUEST_USO4, 1); // not for both: the kernel cuts
            host.send(Frames.joined(Frames.usoHeader(10), frame));
            for (int i = 0; i < 10; i++) {
                byte[] datagram = device.receive(0, Frames.IPV4);
                assertEquals(NetHeader.SIZE + Frames.UDP_HEADERS + Frames.SEGMENT, datagram.length);
                assertEquals(NetHeader.GSO_NONE, datagram[NetHeader.GSO_TYPE]);
            }
        }
    }

    @Test
    void everyOffloadIsOffered() {
        long expected = TSO | NetFeature.CSUM | NetFeature.HOST_TSO4 | NetFeature.HOST_TSO6 | NetFeature.HOST_ECN;
        assertEquals(expected, tap.features() & expected);
        assertTrue(NetFeature.consistent(tap.features()));
        configure(tap.features(), 1);
        configure(NetFeature.GUEST_TSO4, 1); // alone it means nothing
        configure(NetFeature.GUEST_CSUM | NetFeature.GUEST_USO4, 1);
        configure(NetFeature.GUEST_CSUM | NetFeature.GUEST_ECN, 1);
        assertEquals(0, device.down.get());
    }

    @Test
    void tellsOfFramesUnlessPaused() {
        configure(0, 1);
        device.onReadable = () -> device.drain(0);
        try (PacketSocket host = namespace.socket("t0")) {
            byte[] frame = Frames.ethernet(Frames.GUEST, Frames.OTHER, 100);
            device.onReadable.run();
            host.send(frame);
            Pause.until("the device hears of it", () -> device.readable.get() > 0);
            device.locked(() -> {
                tap.pauseReceive(0);
                return 0;
            });
            int before = device.readable.get();
            for (int i = 0; i < 100; i++) {
                host.send(frame);
            }
            Pause.millis(50);
            assertEquals(before, device.readable.get(), "a pause");
            device.onReadable.run();
            host.send(frame);
            Pause.until("the device hears again", () -> device.readable.get() > before);
            device.onReadable = () -> device.locked(() -> {
                tap.reset();
                return 0;
            });
            device.locked(() -> {
                tap.reset();
                return 0;
            });
            int after = device.readable.get();
            host.send(frame);
            Pause.millis(20);
            assertEquals(after, device.readable.get(), "nobody listens after a reset");
        }
    }

    @Test
    void severalQueues() {
        start(4, OptionalInt.empty());
        configure(0, 1);
        try (PacketSocket host = namespace.socket("t0")) {
            for (int port = 1; port <= 64; port++) {
                host.send(Frames.udp(Frames.GUEST, Frames.OTHER, port, 30));
            }
            for (int i = 0; i < 64; i++) {
                device.receive(0, Frames.IPV4);
            }
            configure(0, 4);
            for (int port = 1; port <= 64; port++) {
                host.send(Frames.udp(Frames.GUEST, Frames.OTHER, port, 30));
            }
            int[] counts = new int[4];
            Pause.until("all arrive", () -> count(counts) == 64);
            assertTrue(Arrays.stream(counts).filter(count -> count > 0).count() > 1, Arrays.toString(counts));
            for (int pair = 0; pair < 4; pair++) {
                byte[] frame = Frames.ethernet(Frames.OTHER, Frames.GUEST, 60 + pair);
                assertEquals(72 + pair, device.send(pair, Frames.plain(frame), 100));
                assertArrayEquals(frame, host.receive(EXPERIMENT));
            }
            device.locked(() -> {
                tap.reset();
                return 0;
            });
            configure(0, 2);
            configure(0, 4);
        }
    }

    private int count(int[] counts) {
        int sum = 0;
        for (int pair = 0; pair < counts.length; pair++) {
            byte[] frame = device.tryReceive(pair);
            if (frame.length > 0 && BackendFixture.type(frame) == Frames.IPV4) {
                counts[pair]++;
            }
            sum += counts[pair];
        }
        return sum;
    }

    @Test
    void aTapThatIsTakenAwayIsAPulledCable() {
        configure(0, 1);
        device.onReadable = () -> device.drain(0);
        device.drain(0);
        namespace.links.remove(namespace.link("t0"));
        Pause.until("the guest hears", () -> device.down.get() == 1);
        assertEquals(-Errno.EBADFD, device.send(0, Frames.plain(new byte[60]), 100));
        assertEquals(0, device.tryReceive(0).length);
        configure(TSO, 1);
        int calls = device.readable.get();
        Pause.millis(20);
        assertEquals(calls, device.readable.get(), "nothing spins");
        assertEquals(1, device.down.get());
    }

    @Test
    void anExistingOneIsUsedAndStays() {
        stop();
        namespace.call(() -> {
            try (Tap made = Tap.open()) {
                made.attach("t0", Tap.IFF_TAP | Tap.IFF_NO_PI
                        | Tap.IFF_MULTI_QUEUE);
                return made.persist(true);
            }
        });
        start(1, OptionalInt.empty());
        configure(0, 1);
        assertTrue(namespace.link("t0").isUp());
        assertTrue(namespace.link("t0").isMultiQueue());
        try (PacketSocket host = namespace.socket("t0")) {
            byte[] frame = Frames.ethernet(Frames.OTHER, Frames.GUEST, 100);
            assertEquals(112, device.send(0, Frames.plain(frame), 100));
            assertArrayEquals(frame, host.receive(EXPERIMENT));
        }
        stop();
        assertEquals(Optional.of("t0"), namespace.links.find("t0").map(Link::name));
        namespace.links.remove(namespace.link("t0"));
    }
}
