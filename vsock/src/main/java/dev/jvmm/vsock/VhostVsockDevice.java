package dev.jvmm.vsock;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.linux.Vhost;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.virtio.ConfigSpace;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.queue.Virtqueue;
import dev.jvmm.virtio.vhost.VhostQueues;
import java.util.List;

/**
 * Sockets between the guest and its host, by the host's kernel (vhost-vsock): programs of the host's use sockets of the family AF_VSOCK,
 * where each guest has a CID of its own. Packets never come past this process; events are ours, as they are in a {@link VsockDevice}, whose
 * saved state this takes up and the other way round.
 *
 * <p>A driver's reset is not the end of connections in the eyes of the host's programs: they hear of it when they send next. At the
 * device's end they hear at once.
 *
 * @spec https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/drivers/vhost/vsock.c drivers/vhost/vsock.c
 */
public final class VhostVsockDevice implements VirtioDevice {
    /** The kernel's numbers for its queues, which are the device's, too. */
    private static final int RINGS = 2;

    private final String name;
    private final Vhost kernel;
    private final long features;
    private final ConfigSpace space = VsockDevice.space();
    private final EventQueue events = new EventQueue();
    private VirtioHost host;

    /** Null before the device is attached. */
    private VhostQueues lent;

    /** The active driver's; none while there is none. */
    private List<Virtqueue> queues = List.of();

    private long negotiated;

    /** The kernel works on the queues. */
    private boolean running;

    /** It could not begin with this driver's. */
    private boolean refused;

    private boolean suspended;

    /** The driver of a saved machine was active. */
    private boolean restored;

    private VhostVsockDevice(String name, long cid, Vhost kernel) {
        this.name = name;
        this.kernel = kernel;
        features = VsockDevice.STREAM | kernel.features() & VsockDevice.SEQPACKET;
        VsockDevice.putCid(space, cid);
    }

    /**
     * Makes a device. The guest's CID is taken when this returns.
     *
     * @param name for the log: "vsock0"
     * @param cid of {@link VsockConfig#cid}
     * @throws VsockException when this host can not have it
     */
    public static VhostVsockDevice open(String name, long cid) {
        Vhost kernel;
        try {
            kernel = Vhost.open(Vhost.VSOCK);
        } catch (SystemCallException e) {
            throw new VsockException(why(e));
        }
        try {
            kernel.cid(cid);
            return new VhostVsockDevice(name, cid, kernel);
        } catch (SystemCallException e) {
            kernel.close();
            throw new VsockException(e.errno() == Errno.EADDRINUSE
                    ? "another guest of this host has the CID " + cid + ", or this host itself: give another, cid=N"
                    : "vhost-vsock can not be used: " + e.getMessage());
        }
    }

    private static String why(SystemCallException e) {
        return switch (e.errno()) {
            case Errno.ENOENT, Errno.ENXIO, Errno.ENODEV -> "this host has no " + Vhost.VSOCK
                    + ": load its driver (modprobe vhost_vsock), give this container the device,"
                    + " or use uds=PATH instead of vhost";
            case Errno.EACCES, Errno.EPERM -> "this user may not open " + Vhost.VSOCK
                    + ": have root permit it (chmod or a group), or use uds=PATH instead of vhost";
            default -> "vhost-vsock can not be used: " + e.getMessage();
        };
    }

    @Override
    public int type() {
        return VsockDevice.TYPE;
    }

    @Override
    public String name() {
        return "vsock " + name;
    }

    @Override
    public long features() {
        return features;
    }

    @Override
    public int queues() {
        return VsockDevice.QUEUES;
    }

    @Override
    public int queueSize(int queue) {
        return VsockDevice.sizeOf(queue);
    }

    @Override
    public ConfigSpace config() {
        return space;
    }

    @Override
    public void attach(VirtioHost surroundings) {
        host = surroundings;
        lent = new VhostQueues(kernel, host, RINGS);
    }

    @Override
    public void activate(long agreed, List<Virtqueue> live) {
        negotiated = agreed;
        queues = live;
        refused = false;
        events.begin(live.get(VsockDevice.EVENTS), restored);
        restored = false;
        settle();
    }

    @Override
    public void notified(int queue) {
        if (queue == VsockDevice.EVENTS) {
            events.notified();
        }
        settle();
    }

    /**
     * Gives the kernel the queues, or takes them back. Until the driver has heard that its old connections are gone the kernel has none: it
     * might send of new ones.
     */
    private void settle() {
        boolean wanted = !queues.isEmpty() && !suspended && !refused && !events.isPending()
                && isFree(queues.get(VsockDevice.RECEIVE)) && isFree(queues.get(VsockDevice.TRANSMIT));
        if (running && !wanted) {
            retreat();
        } else if (!running && wanted) {
            advance();
        }
    }

    private static boolean isFree(Virtqueue queue) {
        return queue.isLive() && !queue.isStopped();
    }

    private void advance() {
        String why = "this machine has no eventfds for its queues, or they are in use";
        try {
            lent.begin(negotiated, VsockDevice.SEQPACKET);
            if (lent.lend(VsockDevice.RECEIVE, queues.get(VsockDevice.RECEIVE))
                    && lent.lend(VsockDevice.TRANSMIT, queues.get(VsockDevice.TRANSMIT))) {
                kernel.running(true);
                running = true;
                host.again(VsockDevice.RECEIVE);
                host.again(VsockDevice.TRANSMIT);
                return;
            }
        } catch (SystemCallException e) {
            why = e.getMessage();
        }
        refused = true;
        retreat();
        host.needsReset("the host's kernel does not take over its queues: " + why);
    }

    private void retreat() {
        if (running) {
            kernel.running(false);
            running = false;
        }
        for (int ring = 0; ring < RINGS; ring++) {
            lent.takeBack(ring);
        }
    }

    @Override
    public void suspend() {
        suspended = true;
        settle();
    }

    @Override
    public void resume() {
        suspended = false;
        settle();
    }

    @Override
    public void reset() {
        queues = List.of();
        settle();
        suspended = false;
        restored = false;
        events.reset();
    }

    @Override
    public int stateVersion() {
        return VsockDevice.STATE_VERSION;
    }

    /** As {@link VsockDevice#save}; the ports are the kernel's. */
    @Override
    public void save(StateWriter out) {
        out.bool(!queues.isEmpty()).int32(0);
    }

    @Override
    public void restore(StateReader in) {
        restored = in.bool();
        in.int32();
    }

    @Override
    public void close() {
        if (lent != null) {
            lent.close();
        }
        kernel.close();
    }
}
