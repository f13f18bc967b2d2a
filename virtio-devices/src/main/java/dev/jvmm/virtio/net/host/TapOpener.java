package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.NetlinkException;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.linux.Tap;
import dev.jvmm.virtio.net.NetException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** Opens a TAP by its name, in the thread's namespace. */
record TapOpener(String name, int pairs, OptionalInt mtu) implements Supplier<HostNetwork.Opened> {
    @Override
    public HostNetwork.Opened get() {
        try (Links links = new Links()) {
            Optional<Link> existing = links.find(name);
            if (existing.isPresent()) {
                check(existing.get());
            }
            boolean several = existing.isPresent() ? existing.get().isMultiQueue() : pairs > 1;
            List<Tap> taps = TapDevices.open(name, pairs, several, existing);
            try {
                if (existing.isEmpty() && mtu.isPresent()) {
                    links.mtu(TapDevices.find(links, name), mtu.getAsInt());
                }
                Link link = TapDevices.find(links, name);
                TapDevices.up(links, link);
                return new HostNetwork.Opened(new TapBackend(taps, several, Undo.NOTHING), Optional.empty(),
                        OptionalInt.of(link.mtu()));
            } catch (NetException | NetlinkException | SystemCallException e) {
                Macvtap.closeAll(taps);
                throw e;
            }
        } catch (NetlinkException | SystemCallException e) {
            throw new NetException("the TAP " + name + " can not be used: " + e.getMessage(), e);
        }
    }

    private void check(Link link) {
        if (!link.isTap()) {
            throw new NetException("the interface " + name + " is " + link.describe()
                    + ", not a TAP: give the name of a TAP, or one that is free and it will be made");
        }
        if (pairs > 1 && !link.isMultiQueue()) {
            throw new NetException("the TAP " + name + " was made for one queue, and " + pairs
                    + " are asked for: ask for one, or make it again: ip tuntap del " + name
                    + " mode tap; ip tuntap add " + name + " mode tap multi_queue");
        }
        if (link.queues() > 0) {
            throw new NetException("the TAP " + name
                    + " is in use by another process: stop that one, or give another name");
        }
        if (mtu.isPresent() && mtu.getAsInt() > link.mtu()) {
            throw new NetException("the TAP " + name + " has an MTU of " + link.mtu() + ", and " + mtu.getAsInt()
                    + " is asked for: ask for less, or raise it: ip link set dev " + name + " mtu "
                    + mtu.getAsInt());
        }
    }
}
