package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.NetNamespace;
import dev.jvmm.linux.NetlinkException;
import dev.jvmm.linux.SystemCallException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Removes what a {@link Leftover} names, in the namespace that it is in, if that is still there. */
final class Sweeper implements Supplier<Boolean> {
    /** Where iproute2 keeps namespaces by name. */
    private static final String NAMED = "/run/netns";

    private final Leftover leftover;

    Sweeper(Leftover leftover) {
        this.leftover = leftover;
    }

    /**
     * Looks for it and removes it.
     *
     * @return whether there is nothing left of it
     * @throws NetlinkException when the kernel refuses, as without CAP_NET_ADMIN
     * @throws SystemCallException when the namespace can not be entered
     */
    boolean remove() {
        try (NetNamespace own = NetNamespace.current()) {
            if (own.inode() == leftover.inode()) {
                return get();
            }
        }
        Optional<NetNamespace> found = find();
        if (found.isEmpty()) {
            return true; // gone, with all that was in it
        }
        try (NetNamespace namespace = found.get()) {
            return namespace.call(this);
        }
    }

    private Optional<NetNamespace> find() {
        Optional<NetNamespace> found = open(leftover.path());
        for (String name : list(NAMED)) {
            found = found.isPresent() ? found : open(NAMED + "/" + name);
        }
        String mark = "net:[" + leftover.inode() + "]";
        for (String line : HostFiles.lines("/proc/self/mountinfo")) {
            found = found.isPresent() || !line.contains(mark) ? found : open(field(line, 4));
        }
        for (String process : list("/proc")) {
            boolean number = process.charAt(0) >= '0' && process.charAt(0) <= '9';
            found = found.isPresent() || !number ? found : open("/proc/" + process + "/ns/net");
            found = found.isPresent() || !number ? found : openHeld("/proc/" + process + "/fd", mark);
        }
        return found;
    }

    /** One that nobody is in, and somebody holds open. */
    private Optional<NetNamespace> openHeld(String folder, String mark) {
        for (String number : list(folder)) {
            Path link = Path.of(folder, number);
            try {
                if (Files.readSymbolicLink(link).toString().equals(mark)) {
                    return open(link.toString());
                }
            } catch (IOException e) {
                // closed meanwhile, or another user's
            }
        }
        return Optional.empty();
    }

    private static List<String> list(String folder) {
        String[] names = new File(folder).list();
        return names == null ? List.of() : List.of(names);
    }

    private static String field(String line, int index) {
        int start = 0;
        for (int i = 0; i < index; i++) {
            start = line.indexOf(' ', start) + 1;
        }
        int end = line.indexOf(' ', start);
        return end < 0 ? "" : line.substring(start, end);
    }

    /** The namespace, if this path leads to it. */
    private Optional<NetNamespace> open(String path) {
        if (path.isEmpty()) {
            return Optional.empty();
        }
        try {
            NetNamespace namespace = NetNamespace.open(path);
            if (namespace.inode() == leftover.inode()) {
                return Optional.of(namespace);
            }
            namespace.close();
        } catch (SystemCallException e) {
            // gone, or another user's
        }
        return Optional.empty();
    }

    /** Inside of the namespace. */
    @Override
    public Boolean get() {
        try (Links links = new Links()) {
            removeFrom(links);
            return true;
        }
    }

    /** With the links of the namespace. */
    void removeFrom(Links links) {
        try {
            if (!leftover.link().isEmpty()) {
                removeLink(links);
            } else {
                removeIngress(links);
            }
        } catch (NetlinkException e) {
            if (e.errno() != Errno.ENODEV && e.errno() != Errno.ENOENT) { // somebody else was quicker
                throw e;
            }
        }
    }

    private void removeLink(Links links) {
        Optional<Link> link = links.find(leftover.link());
        if (link.isPresent() && link.get().kind().equals("macvtap")) {
            links.remove(link.get());
        }
    }

    private void removeIngress(Links links) {
        Optional<Link> link = links.find(leftover.index());
        TcMirror mirror = new TcMirror(links);
        if (link.isPresent() && link.get().name().equals(leftover.name()) && mirror.hasIngress(leftover.index())
                && mirror.hasOnly(leftover.index(), Ids.bytes(leftover.cookie()))) {
            mirror.removeIngress(leftover.index());
        }
    }
}
