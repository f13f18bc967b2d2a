package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.linux.UnixSocket;
import dev.jvmm.virtio.net.MacAddress;
import dev.jvmm.virtio.net.NetBackend;
import dev.jvmm.virtio.net.NetException;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Opens the host's side of a network device. What is made for it goes when it is closed; when this process is killed before, the next one
 * that opens something takes it away.
 *
 * <p>Every problem is a {@link NetException} that says what to do. Namespaces are paths, such as {@code /run/netns/NAME} or {@code
 * /proc/PID/ns/net}; without one it is the calling thread's.
 */
public final class HostNetwork {
    private HostNetwork() {}

    /**
     * A backend, and what goes with it.
     *
     * @param backend to be closed by the caller, even if no device ever gets it
     * @param mac the address that the guest has to have, if it matters
     * @param mtu the longest packet that gets through, in bytes, where it is known
     */
    public record Opened(NetBackend backend, Optional<MacAddress> mac, OptionalInt mtu) {}

    /**
     * A TAP: an existing one, or a new one that goes with its last user.
     *
     * @param pairs queue pairs, 1 or more
     * @param mtu for a new one; an existing one must have it or more
     */
    public static Opened openTap(String name, int pairs, OptionalInt mtu, Optional<String> namespace) {
        LinkNames.check(name);
        Leftovers.sweepQuietly();
        return Namespaces.in(namespace, new TapOpener(name, LinkNames.pairs(pairs), mtu));
    }

    /**
     * Queues of a TAP or macvtap that this process was given, one descriptor each. They are this object's from now on; if one is refused,
     * all stay as they are.
     */
    public static Opened openTapFds(int... numbers) {
        return InheritedTap.open(numbers);
    }

    /**
     * A macvtap in bridge mode on an interface, made and removed.
     *
     * @param pairs queue pairs, 1 or more
     * @param mac for it; otherwise it is random, and the guest has to have it
     * @param mtu for it; otherwise that of the interface, which also is the most
     */
    public static Opened openMacvtap(String lower, int pairs, Optional<MacAddress> mac, OptionalInt mtu,
            Optional<String> namespace) {
        LinkNames.check(lower);
        return Namespaces.in(namespace, new MacvtapOpener(lower, LinkNames.pairs(pairs), mac, mtu, namespace));
    }

    /**
     * Stands in for one end of a veth: a new TAP gets every frame that comes in there, and what the guest sends goes out there. The guest
     * has the MAC address and the MTU of that end.
     *
     * @param pairs queue pairs, 1 or more
     */
    public static Opened openMirror(String veth, int pairs, Optional<String> namespace) {
        LinkNames.check(veth);
        return Namespaces.in(namespace, new MirrorOpener(veth, LinkNames.pairs(pairs), namespace));
    }

    /**
     * Has the host's kernel move the frames of a TAP, a macvtap or a mirror, past this process (vhost-net). A host that can not is said in
     * the log, and everything goes as without.
     */
    public static Opened accelerated(Opened opened) {
        if (opened.backend() instanceof TapBackend taps) {
            VhostOpener.accelerate(taps);
        }
        return opened;
    }

    /**
     * A Unix stream socket on which a program such as passt listens.
     *
     * @param path one that begins with {@code @} is an abstract name
     */
    public static Opened openStream(String path) {
        try {
            return new Opened(new StreamBackend(path, UnixSocket.connect(path)), Optional.empty(), OptionalInt.empty());
        } catch (IllegalArgumentException e) {
            throw streamProblem(path, "can not be a socket's path: " + e.getMessage(), e);
        } catch (SystemCallException e) {
            throw streamProblem(path, switch (e.errno()) {
                case Errno.ENOENT -> "is not there: start the program that listens on it first, such as passt --socket";
                case Errno.ECONNREFUSED ->
                    "is nobody's: start the program that listens on it first, such as passt --socket";
                case Errno.EACCES, Errno.EPERM -> "may not be written by this user: have its owner permit that";
                case Errno.EPROTOTYPE -> "is no stream socket: give one with QEMU's framing, as passt's is";
                case Errno.EAGAIN -> "is busy: too many wait for the program to accept them";
                default -> "can not be connected to: " + e.getMessage();
            }, e);
        }
    }

    private static NetException streamProblem(String path, String what, RuntimeException cause) {
        return new NetException("the socket \"" + path + "\" " + what, cause);
    }
}
