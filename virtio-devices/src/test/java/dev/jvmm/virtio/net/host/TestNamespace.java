package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.NetNamespace;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;

/** A network namespace of the test's own, which vanishes with it. */
final class TestNamespace implements AutoCloseable {
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
