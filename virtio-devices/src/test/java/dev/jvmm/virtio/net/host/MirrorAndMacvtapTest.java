package dev.jvmm.virtio.net.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.testing.RequiresNetworks;
import dev.jvmm.virtio.net.MacAddress;
import dev.jvmm.virtio.net.NetHeader;
import java.io.File;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest at one end of a veth, the test at the other. */
@RequiresNetworks
final class MirrorAndMacvtapTest {
    private static final int EXPERIMENT = PacketSocket.EXPERIMENT;

    private TestNamespace namespace;
    private TreeMap<String, Integer> held;

    @BeforeEach
    void open() {
        held = HeldDescriptors.count();
        namespace = new TestNamespace();
        namespace.veth("a", "b");
    }

    @AfterEach
    void close() {
        assertEquals(new TreeSet<>(List.of("a", "b", "lo")), namespace.names(), "nothing is left");
        assertFalse(new TcMirror(namespace.links).hasIngress(namespace.link("a").index()));
        assertArrayEquals(new String[]{ "lock" }, new File(RuntimeFolder.find()).list(), "no record is left");
        namespace.close();
        assertEquals(held, HeldDescriptors.count());
    }

    private void talk(HostNetwork.Opened opened, int pairs) {
        MacAddress guest = opened.mac().orElseThrow();
        try (BackendFixture device = new BackendFixture(opened.backend()); PacketSocket peer = namespace.socket("b")) {
            assertEquals(pairs, opened.backend().pairs());
            device.locked(() -> {
                opened.backend().configure(0, pairs);
                return 0;
            });
            for (int length : new int[]{ 60, 1514 }) {
                for (int pair = 0; pair < pairs; pair++) {
                    byte[] out = Frames.ethernet(Frames.OTHER, guest, length);
                    assertEquals(12 + length, device.send(pair, Frames.plain(out), 500));
                    assertArrayEquals(out, peer.receive(EXPERIMENT));
                }
                byte[] in = Frames.ethernet(guest, Frames.OTHER, length);
                peer.send(in);
                byte[][] got = new byte[1][0];
                Pause.until("the frame comes", () -> {
                    for (int pair = 0; pair < pairs && !isOurs(got[0]); pair++) {
                        got[0] = device.tryReceive(pair);
                    }
                    return isOurs(got[0]);
                });
                assertArrayEquals(in, Arrays.copyOfRange(got[0], NetHeader.SIZE, got[0].length));
            }
        }
    }

    private static boolean isOurs(byte[] frame) {
        return frame.length > 0 && BackendFixture.type(frame) == EXPERIMENT;
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 3 })
    void mirror(int pairs) {
        namespace.links.mac(namespace.link("a"), Frames.GUEST);
        namespace.links.mtu(namespace.link("a"), 1600);
        HostNetwork.Opened opened = HostNetwork.openMirror("a", pairs, namespace.path());
        assertEquals(Optional.of(Frames.GUEST), opened.mac());
        assertEquals(OptionalInt.of(1600), opened.mtu());
        assertEquals(1600, namespace.link("jvmm0").mtu());
        talk(opened, pairs);
    }

    @Test
    void mirrorOfAVethThatIsOff() {
        namespace.links.down(namespace.link("a"));
        HostNetwork.Opened opened = HostNetwork.openMirror("a", 1, namespace.path());
        talk(opened, 1);
    }

    /** The discipline of somebody else, put there after the machine lost its own, stays. */
    @Test
    void whatIsNotOursStays() {
        HostNetwork.Opened opened = HostNetwork.openMirror("a", 1, namespace.path());
        TcMirror mirror = new TcMirror(namespace.links);
        Link a = namespace.link("a");
        mirror.removeIngress(a.index());
        mirror.addIngress(a);
        mirror.redirect(a, namespace.link("b"), new byte[]{ 1, 2, 3 });
        opened.backend().close();
        assertTrue(mirror.hasIngress(a.index()));
        mirror.removeIngress(a.index());
    }

    @Test
    void theVethGoesFirst() {
        HostNetwork.Opened opened = HostNetwork.openMirror("a", 1, namespace.path());
        namespace.links.remove(namespace.link("a"));
        opened.backend().close();
        namespace.veth("a", "b");
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 3 })
    void macvtap(int pairs) {
        HostNetwork.Opened opened = HostNetwork.openMacvtap("a", pairs, Optional.empty(), OptionalInt.empty(),
                namespace.path());
        assertEquals(OptionalInt.of(1500), opened.mtu());
        talk(opened, pairs);
    }

    @Test
    void macvtapWithAnAddressAndAnMtu() {
        namespace.links.mtu(namespace.link("a"), 1600);
        HostNetwork.Opened opened = HostNetwork.openMacvtap("a", 1, Optional.of(Frames.GUEST), OptionalInt.of(1514),
                namespace.path());
        assertEquals(Optional.of(Frames.GUEST), opened.mac());
        assertEquals(OptionalInt.of(1514), opened.mtu());
        talk(opened, 1);
    }

    /** The kernel removes a namespace when nothing is in it or holds it, and with one end of a veth the other. */
    @Test
    void theNamespaceIsLetGo() {
        try (TestNamespace other = new TestNamespace()) {
            other.veth("e", "f");
            other.move("f", namespace);
            namespace.links.up(namespace.link("f"));
            HostNetwork.Opened mirror = HostNetwork.openMirror("e", 2, other.path());
            mirror.backend().close();
            other.links.up(other.link("e"));
            HostNetwork.openMacvtap("e", 2, Optional.empty(), OptionalInt.empty(), other.path()).backend().close();
            HostNetwork.openTap("t0", 2, OptionalInt.empty(), other.path()).backend().close();
            assertTrue(namespace.names().contains("f"));
        }
        Pause.until("the kernel removes it", () -> !namespace.names().contains("f"));
    }

    /** Machines of one process that come and go at the same time leave each other's networks alone. */
    @Test
    void manyAtOnce() throws InterruptedException {
        int machines = 8;
        for (int i = 0; i < machines; i++) {
            namespace.veth("v" + i, "w" + i);
        }
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < machines; i++) {
            String veth = "v" + i;
            String lower = "w" + i;
            threads.add(Thread.ofPlatform().uncaughtExceptionHandler((thread, thrown) -> failures.add(thrown))
                    .start(() -> comeAndGo(veth, lower)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of(), List.copyOf(failures));
        for (int i = 0; i < machines; i++) {
            namespace.links.remove(namespace.link("v" + i));
        }
    }

    private void comeAndGo(String veth, String lower) {
        for (int round = 0; round < 5; round++) {
            HostNetwork.Opened mirror = HostNetwork.openMirror(veth, 1, namespace.path());
            HostNetwork.Opened macvtap = HostNetwork.openMacvtap(lower, 1, Optional.empty(), OptionalInt.empty(),
                    namespace.path());
            boolean ingress = namespace.call(() -> {
                try (Links links = new Links()) {
                    return new TcMirror(links).hasIngress(links.find(veth).orElseThrow().index());
                }
            });
            assertTrue(ingress, "nobody took it for left over");
            mirror.backend().close();
            macvtap.backend().close();
        }
    }

    @Test
    void macvtapIsTakenAway() {
        HostNetwork.Opened opened = HostNetwork.openMacvtap("a", 1, Optional.empty(), OptionalInt.empty(),
                namespace.path());
        for (Link link : namespace.links.all()) {
            if (link.kind().equals("macvtap")) {
                namespace.links.remove(link);
            }
        }
        try (BackendFixture device = new BackendFixture(opened.backend())) {
            device.onReadable = () -> device.tryReceive(0);
            device.tryReceive(0); // the kernel tells nobody that it is gone
            assertTrue(device.send(0, Frames.plain(Frames.ethernet(Frames.OTHER, Frames.GUEST, 60)), 100) != 0);
            int calls = device.readable.get();
            Pause.millis(20);
            assertEquals(calls, device.readable.get(), "nothing spins");
        }
    }
}
