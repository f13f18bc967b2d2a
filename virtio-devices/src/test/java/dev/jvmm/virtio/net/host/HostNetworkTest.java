package dev.jvmm.virtio.net.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.Tap;
import dev.jvmm.testing.RequiresNetworks;
import dev.jvmm.virtio.net.NetException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every bad wish has an answer that says what to do. */
@RequiresNetworks
final class HostNetworkTest {
    private static final int FLAGS = Tap.IFF_TAP | Tap.IFF_NO_PI | Tap.IFF_VNET_HDR;
    private static final Optional<String> HERE = Optional.empty();
    private static final OptionalInt ANY_MTU = OptionalInt.empty();

    private TestNamespace namespace;
    private TreeMap<String, Integer> held;

    @BeforeEach
    void open() {
        held = HeldDescriptors.count();
        namespace = new TestNamespace();
    }

    @AfterEach
    void close() {
        namespace.close();
        assertEquals(held, HeldDescriptors.count());
    }

    /** What opening says, inside of the namespace. */
    private void refused(Supplier<HostNetwork.Opened> opening, String... words) {
        NetException thrown = assertThrows(NetException.class,
                () -> namespace.call(opening).backend().close());
        for (String word : words) {
            assertTrue(thrown.getMessage().contains(word), thrown.getMessage());
        }
    }

    private void refusedTap(String name, int pairs, String... words) {
        refused(() -> HostNetwork.openTap(name, pairs, ANY_MTU, HERE), words);
    }

    /** A TAP that stays. */
    private void persistent(String name, int flags, int owner) {
        namespace.call(() -> {
            try (Tap tap = Tap.open()) {
                assertEquals(0, tap.attach(name, flags));
                assertEquals(0, tap.owner(owner));
                return tap.persist(true);
            }
        });
    }

    @Test
    void names() {
        for (String name : new String[]{ "", ".", "..", "a/b", "a b", "a:b", "tap%d", "sixteen_is_a_lot", "t\n" }) {
            refusedTap(name, 1, "the interface name \"" + name + "\"", "give 1 to 15 bytes");
            refused(() -> HostNetwork.openMirror(name, 1, HERE), "the interface name");
            refused(() -> HostNetwork.openMacvtap(name, 1, Optional.empty(), ANY_MTU, HERE), "the interface name");
        }
        refusedTap("t0", 0, "0 queue pairs: give 1 to 256");
        refusedTap("t0", 257, "257 queue pairs");
    }

    @Test
    void taps() {
        refusedTap("lo", 1, "the interface lo is the loopback interface, not a TAP", "one that is free");
        namespace.veth("a", "b");
        refusedTap("a", 1, "the interface a is of the kind veth, not a TAP");
        persistent("tun0", Tap.IFF_TUN | Tap.IFF_NO_PI, 0);
        refusedTap("tun0", 1, "the interface tun0 is a TUN");
        persistent("one", FLAGS, 0);
        refusedTap("one", 2, "was made for one queue, and 2 are asked for", "multi_queue");
        refused(() -> HostNetwork.openTap("one", 1, OptionalInt.of(9000), HERE), "has an MTU of 1500",
                "ip link set dev one mtu 9000");
        refused(() -> HostNetwork.openTap("two", 1, OptionalInt.of(99_999), HERE), "the TAP two can not be used");
        assertTrue(namespace.links.find("two").isEmpty());
    }

    @Test
    void busyTaps() {
        HostNetwork.Opened first = HostNetwork.openTap("t0", 1, ANY_MTU, namespace.path());
        refusedTap("t0", 1, "the TAP t0 is in use by another process: stop that one, or give another name");
        first.backend().close();
        first = HostNetwork.openTap("t0", 2, ANY_MTU, namespace.path());
        refusedTap("t0", 1, "the TAP t0 is in use by another process");
        first.backend().close();
    }

    @Test
    void withoutRights() {
        persistent("others", FLAGS, 12345);
        persistent("mine", FLAGS, 0);
        namespace.veth("a", "b");
        String missing = "CAP_NET_ADMIN is missing";
        refused(() -> powerless(() -> HostNetwork.openTap("t0", 1, ANY_MTU, HERE)), "there is no TAP t0", missing,
                "ip tuntap add t0 mode tap user 0");
        refused(() -> powerless(() -> HostNetwork.openTap("others", 1, ANY_MTU, HERE)),
                "the TAP others belongs to user 12345 and this is user 0: run as its owner or as root");
        refused(() -> powerless(() -> HostNetwork.openTap("mine", 1, ANY_MTU, HERE)),
                "mine is switched off, and this user may not switch it on", "ip link set dev mine up");
        namespace.links.up(namespace.link("mine"));
        namespace.call(() -> powerless(() -> HostNetwork.openTap("mine", 1, ANY_MTU, HERE))).backend().close();
        refused(() -> powerless(() -> HostNetwork.openMirror("a", 1, HERE)), "this user may not make a TAP", missing);
        refused(() -> powerless(() -> HostNetwork.openMacvtap("a", 1, Optional.empty(), ANY_MTU, HERE)),
                "this user may not make a macvtap on a", missing);
        String path = namespace.namespace.path();
        refused(() -> powerless(() -> HostNetwork.openTap("t0", 1, ANY_MTU, Optional.of(path))),
                "the network namespace \"" + path + "\" may not be entered by this user", "CAP_SYS_ADMIN");
    }

    private static HostNetwork.Opened powerless(Supplier<HostNetwork.Opened> opening) {
        Rights.drop();
        return opening.get();
    }

    @Test
    void whereTheDeviceMayNotBeOpened() {
        // where everybody may open it, the TAP is the next obstacle
        NetException thrown = assertThrows(NetException.class, () -> namespace.call(() -> {
            Rights.become(54321);
            return HostNetwork.openTap("t0", 1, ANY_MTU, HERE);
        }));
        assertTrue(thrown.getMessage().contains("this user may not open /dev/net/tun")
                || thrown.getMessage().contains("this user may not make one"), thrown.getMessage());
    }

    @Test
    void namespaces() {
        String[][] wrong = { { "/run/netns/nobody-made-this", "is gone or was never there" },
            { "/dev/null", "is no network namespace" }, { "/proc/self/ns/mnt", "is no network namespace" },
            { "/proc/999999999/ns/net", "is gone or was never there" }, { "", "is gone or was never there" } };
        for (String[] pair : wrong) {
            Optional<String> path = Optional.of(pair[0]);
            refused(() -> HostNetwork.openTap("t0", 1, ANY_MTU, path), "the network namespace \"" + pair[0], pair[1]);
            refused(() -> HostNetwork.openMirror("a", 1, path), pair[1], "/run/netns/NAME");
            refused(() -> HostNetwork.openMacvtap("a", 1, Optional.empty(), ANY_MTU, path), pair[1]);
        }
    }

    @Test
    void veths() {
        refused(() -> HostNetwork.openMirror("a", 1, HERE), "there is no veth a: ip link add a type veth peer");
        refused(() -> HostNetwork.openMirror("lo", 1, HERE), "lo is the loopback interface, not a veth");
        namespace.links.add("br", "bridge");
        refused(() -> HostNetwork.openMirror("br", 1, HERE), "br is of the kind bridge, not a veth");
        namespace.veth("a", "b");
        new TcMirror(namespace.links).addIngress(namespace.link("a"));
        refused(() -> HostNetwork.openMirror("a", 1, HERE), "has traffic control on what comes in already",
                "tc qdisc del dev a ingress");
        assertTrue(new TcMirror(namespace.links).hasIngress(namespace.link("a").index()),
                "which is not ours to remove");
        HostNetwork.Opened good = HostNetwork.openMirror("b", 1, namespace.path());
        refused(() -> HostNetwork.openMirror("b", 1, HERE), "stop the machine that uses it");
        good.backend().close();
        assertEquals(4, namespace.names().size(), namespace.names().toString());
    }

    @Test
    void lowerInterfaces() {
        refusedMacvtap("a", "there is no interface a to put a macvtap on");
        refusedMacvtap("lo", "no macvtap can be put on lo, which is the loopback interface");
        persistent("tun0", Tap.IFF_TUN | Tap.IFF_NO_PI, 0);
        refusedMacvtap("tun0", "which is a TUN");
        namespace.links.addVeth("a", "b");
        refusedMacvtap("a", "a is switched off", "ip link set dev a up");
        namespace.links.up(namespace.link("a"));
        refused(() -> HostNetwork.openMacvtap("a", 1, Optional.empty(), OptionalInt.of(9000), HERE),
                "a has an MTU of 1500, and 9000 is asked for");
        assertEquals(4, namespace.names().size(), namespace.names().toString());
    }

    private void refusedMacvtap(String lower, String... words) {
        refused(() -> HostNetwork.openMacvtap(lower, 1, Optional.empty(), ANY_MTU, HERE), words);
    }

    @Test
    void descriptors() {
        refused(() -> HostNetwork.openTapFds(999_999), "the file descriptor 999999 is not open in this process");
        refused(() -> HostNetwork.openTapFds(-1), "the file descriptor -1 is not open");
        refused(() -> HostNetwork.openTapFds(), "0 queue pairs");
        try (FileDescriptor file = FileDescriptor.open("/dev/null", FileDescriptor.O_RDWR); Tap bare = Tap.open()) {
            refused(() -> HostNetwork.openTapFds(file.number()), "is neither a TAP nor a macvtap");
            refused(() -> HostNetwork.openTapFds(bare.number()), "without a TAP", "TUNSETIFF");
        }
        refusedQueue(Tap.IFF_TUN | Tap.IFF_NO_PI, "is t0, a TUN");
        refusedQueue(Tap.IFF_TAP | Tap.IFF_NO_PI, "opened without IFF_VNET_HDR");
        try (Tap one = queue("t1", FLAGS);
                Tap two = queue("t2", FLAGS);
                Tap three = queue("t3", FLAGS | 0x100);
                Tap four = queue("t4", FLAGS | 0x100)) {
            refused(() -> HostNetwork.openTapFds(one.number(), one.number()), "is the only queue of the TAP t1");
            refused(() -> HostNetwork.openTapFds(three.number(), three.number()), "is given twice");
            refused(() -> HostNetwork.openTapFds(three.number(), four.number()),
                    "belongs to the TAP t4, the one before to t3");
            assertEquals("t2", two.identity().name(), "what is refused stays open");
        }
    }

    private Tap queue(String name, int flags) {
        return namespace.call(() -> {
            Tap tap = Tap.open();
            assertEquals(0, tap.attach(name, flags));
            return tap;
        });
    }

    private void refusedQueue(int flags, String words) {
        try (Tap tap = queue("t0", flags)) {
            refused(() -> HostNetwork.openTapFds(tap.number()), words);
        }
    }

    @Test
    void inheritedQueuesWork() {
        Tap first = queue("t0", FLAGS | Tap.IFF_MULTI_QUEUE);
        Tap second = queue("t0", FLAGS | Tap.IFF_MULTI_QUEUE);
        namespace.links.up(namespace.link("t0"));
        HostNetwork.Opened opened = HostNetwork.openTapFds(first.number(), second.number());
        assertEquals(2, opened.backend().pairs());
        try (PacketSocket host = namespace.socket("t0"); BackendFixture device = new BackendFixture(opened.backend())) {
            byte[] frame = Frames.ethernet(Frames.OTHER, Frames.GUEST, 99);
            device.send(1, Frames.plain(frame), 50);
            assertEquals(99, host.receive(PacketSocket.EXPERIMENT).length);
        }
        assertTrue(namespace.links.find("t0").isEmpty(), "closed with its backend");
    }
}
