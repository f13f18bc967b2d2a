package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.NetNamespace;
import dev.jvmm.linux.NetlinkMessage;
import dev.jvmm.linux.Rtnetlink;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;

/** A network namespace of the test's own, which vanishes with it. */
final class TestNamespace implements AutoCloseable {
    private static final int IFLA_NET_NS_FD = 28;

    final NetNamespace namespace = NetNamespace.create();
    final Links links = namespace.call(Links::new);

    <T> T call(Supplier<T> task) {
        return namespace.call(task);
    }

    /** For what takes a path. */
    Optional<String> path() {
        return Optional.of(namespace.path());
    }

    Link link(String name) {
        return links.find(name).orElseThrow();
    }

    /** Two ends of a cable, both on. */
    void veth(String name, String peer) {
        links.addVeth(name, peer);
        links.up(link(name));
        links.up(link(peer));
    }

    PacketSocket socket(String name) {
        return call(() -> new PacketSocket(link(name), false));
    }

    PacketSocket socketWithHeader(String name) {
        return call(() -> new PacketSocket(link(name), true));
    }

    /** Gives an interface to another namespace. */
    void move(String name, TestNamespace other) {
        try (FileDescriptor there = FileDescriptor.open(other.namespace.path(), FileDescriptor.O_RDONLY)) {
            links.socket().execute(new NetlinkMessage("move " + name, Rtnetlink.RTM_NEWLINK, 0).int16(0).int16(0)
                    .int32(link(name).index()).int32(0).int32(0).attribute(IFLA_NET_NS_FD, there.number()));
        }
    }

    /** The names of all interfaces. */
    TreeSet<String> names() {
        TreeSet<String> names = new TreeSet<>();
        for (Link link : links.all()) {
            names.add(link.name());
        }
        return names;
    }

    @Override
    public void close() {
        links.close();
        namespace.close();
    }
}
