package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.PrivateMounts;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.linux.Tap;
import dev.jvmm.virtio.net.NetException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** The queues of a macvtap: openings of a character device that belongs to it. */
final class Macvtap implements Supplier<List<Tap>> {
    private final Link link;
    private final int pairs;

    private Macvtap(Link link, int pairs) {
        this.link = link;
        this.pairs = pairs;
    }

    /**
     * Opens one queue or several. In the namespace of the link.
     *
     * @param link whose name no macvtap of any namespace shares
     */
    static List<Tap> open(Link link, int pairs) {
        Macvtap macvtap = new Macvtap(link, pairs);
        List<Tap> queues = macvtap.openByName();
        if (!queues.isEmpty()) {
            return queues;
        }
        try {
            return PrivateMounts.withSysfs(macvtap);
        } catch (SystemCallException e) {
            throw new NetException("the macvtap " + link.name() + " has no file /dev/tap" + link.index()
                    + " here, and this process may not make one for itself (" + e.getMessage()
                    + "): run as root, or with CAP_SYS_ADMIN and CAP_MKNOD", e);
        }
    }

    /**
     * By {@code /dev/tapN}. N is the number of an interface, and another namespace may have one of that number: only the name tells whose
     * it is.
     */
    private List<Tap> openByName() {
        List<Tap> queues = new ArrayList<>();
        try {
            openAll("/dev/tap" + link.index(), queues);
            if (queues.getFirst().identity().name().equals(link.name())) {
                return queues;
            }
        } catch (SystemCallException e) {
            // no such file, or not for us
        }
        closeAll(queues);
        return List.of();
    }

    /** With the namespace's sysfs. */
    @Override
    public List<Tap> get() {
        String numbers = HostFiles.line("/sys/class/macvtap/tap" + link.index() + "/dev");
        int colon = numbers.indexOf(':');
        if (colon < 0) {
            throw new SystemCallException("/sys/class/macvtap/tap" + link.index(), Errno.ENOENT);
        }
        int major = Integer.parseInt(numbers, 0, colon, 10);
        int minor = Integer.parseInt(numbers, colon + 1, numbers.length(), 10);
        List<Tap> queues = new ArrayList<>();
        try {
            openAll(PrivateMounts.characterDevice(major, minor), queues);
            return queues;
        } catch (SystemCallException e) {
            closeAll(queues);
            throw e;
        }
    }

    private void openAll(String path, List<Tap> queues) {
        int flags = Tap.IFF_TAP | Tap.IFF_NO_PI | Tap.IFF_VNET_HDR | (pairs > 1 ? Tap.IFF_MULTI_QUEUE : 0);
        for (int i = 0; i < pairs; i++) {
            Tap tap = Tap.openNode(path);
            queues.add(tap);
            SystemCallException.check("ioctl(TUNSETIFF)", tap.attach(link.name(), flags));
        }
    }

    static void closeAll(List<Tap> queues) {
        for (Tap queue : queues) {
            queue.close();
        }
        queues.clear();
    }
}
