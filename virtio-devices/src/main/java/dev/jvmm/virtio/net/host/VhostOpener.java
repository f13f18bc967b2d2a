package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.linux.Vhost;
import java.util.ArrayList;
import java.util.List;

/** Opens the kernel's half of network devices. */
final class VhostOpener {
    private static final String INSTEAD = "; jvmm moves this network's frames itself, which is slower";

    private VhostOpener() {}

    /** Hands a backend what it needs, or says in the log why this host can not. */
    static void accelerate(TapBackend backend) {
        List<Vhost> kernels = new ArrayList<>(backend.pairs());
        try {
            for (int i = 0; i < backend.pairs(); i++) {
                kernels.add(Vhost.open(Vhost.NET));
            }
            backend.use(kernels);
        } catch (SystemCallException e) {
            for (Vhost kernel : kernels) {
                kernel.close();
            }
            System.getLogger("dev.jvmm.virtio.net").log(System.Logger.Level.WARNING, why(e) + INSTEAD);
        }
    }

    private static String why(SystemCallException e) {
        return switch (e.errno()) {
            case Errno.ENOENT, Errno.ENXIO, Errno.ENODEV -> "this host has no " + Vhost.NET
                    + ": load its driver (modprobe vhost_net), or give this container the device";
            case Errno.EACCES, Errno.EPERM -> "this user may not open " + Vhost.NET
                    + ": have root permit it (chmod or a group), or leave out vhost";
            default -> "vhost-net can not be used: " + e.getMessage();
        };
    }
}
