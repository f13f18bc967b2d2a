package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.LocalFile;
import dev.jvmm.linux.NetlinkException;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.linux.Tap;
import dev.jvmm.virtio.net.NetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Opens queues of TAPs in the thread's namespace. */
final class TapDevices {
    private static final int FLAGS = Tap.IFF_TAP | Tap.IFF_NO_PI | Tap.IFF_VNET_HDR;

    private TapDevices() {}

    /**
     * Opens queues, and makes the TAP first if there is none.
     *
     * @param name with {@code %d} for a new one that the kernel is to name
     * @param several as it was made, or is to be
     * @param existing what there is of that name
     */
    static List<Tap> open(String name, int pairs, boolean several, Optional<Link> existing) {
        List<Tap> taps = new ArrayList<>(pairs);
        String attached = name;
        try {
            for (int i = 0; i < pairs; i++) {
                taps.add(openDevice());
                long done = taps.get(i).attach(attached, FLAGS | (several ? Tap.IFF_MULTI_QUEUE : 0));
                if (done < 0) {
                    throw refused(name, (int) -done, i, existing);
                }
                attached = taps.get(i).identity().name();
            }
            return taps;
        } catch (NetException | SystemCallException e) {
            Macvtap.closeAll(taps);
            throw e;
        }
    }

    private static Tap openDevice() {
        try {
            return Tap.open();
        } catch (SystemCallException e) {
            throw new NetException(switch (e.errno()) {
                case Errno.ENOENT, Errno.ENXIO, Errno.ENODEV -> "this host has no " + Tap.DEVICE
                        + ": load its driver (modprobe tun), or give this container the device";
                case Errno.EACCES, Errno.EPERM -> "this user may not open " + Tap.DEVICE
                        + ": run as root, or have it permitted (chmod 666 " + Tap.DEVICE
                        + " lets users attach to TAPs of theirs)";
                default -> "no TAP can be had: " + e.getMessage();
            }, e);
        }
    }

    private static NetException refused(String name, int errno, int queue, Optional<Link> existing) {
        String tap = "the TAP " + name;
        return new NetException(switch (errno) {
            case Errno.EPERM, Errno.EACCES -> existing.isPresent() ? notOurs(tap, existing.get()) : mayNotMake(name);
            case Errno.EBUSY -> tap + " is in use by another process: stop that one, or give another name";
            case Errno.E2BIG -> tap + " takes no more than " + queue + " queues: ask for fewer";
            case Errno.EINVAL -> tap + " can not be used so: it was made in another way, or changed just now";
            default -> tap + " can not be opened: " + Errno.describe(errno);
        });
    }

    private static String mayNotMake(String name) {
        boolean named = name.indexOf('%') < 0;
        return (named ? "there is no TAP " + name + ", and this user may not make one" : "this user may not make a TAP")
                + " (CAP_NET_ADMIN is missing): run as root, "
                + (named ? "have root make it: ip tuntap add " + name + " mode tap user " + LocalFile.ownUser() + "; "
                        : "")
                + "or use a network that needs no rights (--net user)";
    }

    private static String notOurs(String tap, Link link) {
        int user = LocalFile.ownUser();
        Optional<Integer> owner = link.owner();
        String whose = owner.isPresent() ? " belongs to user " + owner.get() + " and this is user " + user
                : " belongs to nobody, and so to root";
        return tap + whose + ": run as its owner or as root, or have root make it again: ip tuntap del " + link.name()
                + " mode tap; ip tuntap add " + link.name() + " mode tap user " + user;
    }

    /** Switches it on if it is off. */
    static void up(Links links, Link link) {
        if (link.isUp()) {
            return;
        }
        try {
            links.up(link);
        } catch (NetlinkException e) {
            throw new NetException(link.name() + " is switched off" + (e.errno() == Errno.EPERM
                    ? ", and this user may not switch it on: have root do it: ip link set dev " + link.name() + " up"
                    : " and can not be switched on: " + e.getMessage()), e);
        }
    }

    /** Finds what was there a moment ago. */
    static Link find(Links links, String name) {
        Optional<Link> link = links.find(name);
        if (link.isEmpty()) {
            throw new NetException("the interface " + name + " was removed by somebody else just now: try again");
        }
        return link.get();
    }
}
