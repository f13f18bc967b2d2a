package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.linux.Tap;
import dev.jvmm.virtio.net.NetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Takes over queues that this process was given as file descriptors. */
final class InheritedTap {
    private InheritedTap() {}

    static HostNetwork.Opened open(int... numbers) {
        LinkNames.pairs(numbers.length);
        List<Tap> taps = new ArrayList<>(numbers.length);
        Tap.Identity first = null;
        for (int i = 0; i < numbers.length; i++) {
            for (int j = 0; j < i; j++) {
                if (numbers[j] == numbers[i]) {
                    throw problem(numbers[i], "is given twice: each queue has one of its own");
                }
            }
            Tap tap = take(numbers[i]);
            Tap.Identity identity = tap.identity();
            check(numbers[i], identity, numbers.length > 1);
            first = first == null ? identity : first;
            if (!identity.name().equals(first.name())) {
                throw problem(numbers[i], "belongs to the TAP " + identity.name() + ", the one before to "
                        + first.name() + ": all queues of a device belong to one TAP");
            }
            taps.add(tap);
        }
        try {
            return new HostNetwork.Opened(new TapBackend(taps, first.has(Tap.IFF_MULTI_QUEUE), Undo.NOTHING),
                    Optional.empty(), OptionalInt.empty());
        } catch (SystemCallException e) {
            throw new NetException("the TAP " + first.name() + " can not be used: " + e.getMessage(), e);
        }
    }

    private static Tap take(int number) {
        try {
            return Tap.inherited(number);
        } catch (SystemCallException e) {
            throw problem(number, switch (e.errno()) {
                case Errno.EBADF -> "is not open in this process: have the one that starts it pass it on";
                case Errno.EBADFD -> "is /dev/net/tun without a TAP, or its TAP is gone: attach it first (TUNSETIFF)";
                case Errno.ENOTTY, Errno.EINVAL, Errno.EOPNOTSUPP ->
                    "is neither a TAP nor a macvtap: give the number of one";
                default -> "can not be used as a TAP: " + e.getMessage();
            });
        }
    }

    private static void check(int number, Tap.Identity identity, boolean several) {
        if (!identity.has(Tap.IFF_TAP)) {
            throw problem(number, "is " + identity.name()
                    + ", a TUN, which carries packets without Ethernet: open it with IFF_TAP");
        }
        // IFF_NO_PI can not be seen: the kernel shows IFF_NOFILTER in its place
        if (!identity.has(Tap.IFF_VNET_HDR)) {
            throw problem(number, "is the TAP " + identity.name()
                    + ", opened without IFF_VNET_HDR: open it with IFF_TAP, IFF_NO_PI and IFF_VNET_HDR");
        }
        if (several && !identity.has(Tap.IFF_MULTI_QUEUE)) {
            throw problem(number, "is the only queue of the TAP " + identity.name()
                    + ": open each of several with IFF_MULTI_QUEUE");
        }
    }

    private static NetException problem(int number, String what) {
        return new NetException("the file descriptor " + number + " " + what);
    }
}
