package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.NetNamespace;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.virtio.net.NetException;
import java.util.Optional;
import java.util.function.Supplier;

/** Runs what opens a network in the namespace that a person named. */
final class Namespaces {
    private Namespaces() {}

    /** In a namespace, or right here when none is named. */
    static <T> T in(Optional<String> path, Supplier<T> task) {
        if (path.isEmpty()) {
            return task.get();
        }
        try (NetNamespace namespace = open(path.get())) {
            return namespace.call(task);
        } catch (SystemCallException e) {
            if (e.call().equals("setns") && e.errno() == Errno.EPERM) {
                throw problem(path.get(), "may not be entered by this user: run as root, or with CAP_SYS_ADMIN", e);
            }
            throw problem(path.get(), "can not be used: " + e.getMessage(), e);
        }
    }

    private static NetNamespace open(String path) {
        try {
            return NetNamespace.open(path);
        } catch (SystemCallException e) {
            throw problem(path, switch (e.errno()) {
                case Errno.ENOENT, Errno.ENXIO ->
                    "is gone or was never there: give a path such as /run/netns/NAME or /proc/PID/ns/net";
                case Errno.EINVAL -> "is no network namespace: give a path such as /run/netns/NAME or /proc/PID/ns/net";
                case Errno.EACCES, Errno.EPERM -> "may not be opened by this user: run as root, or as its owner";
                default -> "can not be opened: " + e.getMessage();
            }, e);
        }
    }

    private static NetException problem(String path, String what, RuntimeException cause) {
        return new NetException("the network namespace \"" + path + "\" " + what, cause);
    }
}
