package dev.jvmm.usernet;

import dev.jvmm.event.EventHandler;
import dev.jvmm.linux.Epoll;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.usernet.link.DeviceSide;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.net.NetBackend;
import dev.jvmm.virtio.net.NetFeature;
import dev.jvmm.virtio.net.NetListener;
import dev.jvmm.virtio.net.ReceiveRoom;
import dev.jvmm.virtio.queue.DescriptorChain;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * A network of its own for one guest, made of this process's sockets: the guest gets an address by DHCP, reaches what the host reaches by
 * TCP and UDP, and is reached through forwarded ports. It needs no rights, and leaves nothing behind.
 *
 * <p>Everything of it runs on one thread, {@code usernet0}. Loading that takes some time, which {@link #open} does not wait for; until it
 * is done the guest's frames wait with the guest.
 */
public final class UserNetwork implements NetBackend {
    private static final int EAGAIN = -11;

    private static final long FEATURES = NetFeature.CSUM | NetFeature.HOST_TSO4 | NetFeature.HOST_TSO6
            | NetFeature.HOST_ECN
            | NetFeature.GUEST_CSUM | NetFeature.GUEST_TSO4 | NetFeature.GUEST_TSO6;

    private final UserNetConfig config;
    private final HostPorts ports;
    private final Thread starter;
    private final Device device = new Device();
    private volatile Engine engine;

    /** What was configured before there was an engine; guarded by {@link #device}. */
    private boolean configured;

    private long negotiated;

    private UserNetwork(UserNetConfig config, HostPorts ports) {
        this.config = config;
        this.ports = ports;
        starter = new Thread(new Start(), "usernet-start");
        starter.setDaemon(true);
    }

    /**
     * Opens a network; the sockets of forwarded ports are bound when this returns.
     *
     * @throws UserNetException when one of the ports can not be had
     */
    public static UserNetwork open(UserNetConfig config) {
        UserNetwork network = new UserNetwork(config, HostPorts.open(config.forwards()));
        network.starter.start();
        return network;
    }

    /** Where the host listens for each forward, in their order: the port, where the host was to choose it. */
    public List<InetSocketAddress> addresses() {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (int i = 0; i < ports.ports().size(); i++) {
            addresses.add(ports.ports().get(i).address());
        }
        return addresses;
    }

    /** A class by itself, as lambdas cost at the start. */
    private final class Start implements Runnable {
        @Override
        public void run() {
            Engine made;
            try {
                made = new Engine(config, ports, device);
            } catch (RuntimeException | LinkageError e) {
                System.getLogger("dev.jvmm.usernet").log(System.Logger.Level.ERROR, "the network does not work", e);
                return;
            }
            synchronized (device) {
                if (configured) {
                    made.exchange().configure(negotiated);
                }
                engine = made;
            }
            device.frameReady();
            device.roomReady();
        }
    }

    /** What the exchange asks of the device. */
    private final class Device implements DeviceSide {
        private volatile VirtioHost host;
        private volatile NetListener listener;
        private final Runnable readable = new Runnable() {
            @Override
            public void run() {
                listener.readable(0);
            }
        };
        private final Runnable writable = new Runnable() {
            @Override
            public void run() {
                listener.writable(0);
            }
        };

        @Override
        public void frameReady() {
            if (host != null) {
                host.post(readable);
            }
        }

        @Override
        public void roomReady() {
            if (host != null) {
                host.post(writable);
            }
        }

        @Override
        public Watch watch(FileDescriptor descriptor, Runnable ready) {
            Watched watched = new Watched(ready);
            watched.watch = host.watch(descriptor, 0, watched);
            return watched;
        }
    }

    /** Ready once, then not before it is asked again. */
    private static final class Watched implements EventHandler, DeviceSide.Watch {
        private final Runnable task;

        /** Set before the first event is wanted. */
        private volatile VirtioHost.Watch watch;

        Watched(Runnable task) {
            this.task = task;
        }

        @Override
        public void ready(int events) {
            watch.wanted(0);
            task.run();
        }

        @Override
        public void again() {
            watch.wanted(Epoll.IN);
        }

        @Override
        public void close() {
            watch.close();
        }
    }

    @Override
    public long features() {
        return FEATURES;
    }

    @Override
    public int pairs() {
        return 1;
    }

    @Override
    public void attach(VirtioHost host, NetListener listener) {
        device.listener = listener;
        device.host = host;
    }

    @Override
    public void configure(long features, int pairs) {
        synchronized (device) {
            configured = true;
            negotiated = features;
            if (engine != null) {
                engine.exchange().configure(features);
            }
        }
    }

    @Override
    public int send(int pair, DescriptorChain frame) {
        Engine now = engine;
        return now == null ? EAGAIN : now.exchange().send(frame);
    }

    @Override
    public int receive(int pair, ReceiveRoom room) {
        Engine now = engine;
        return now == null ? 0 : now.exchange().receive(room);
    }

    @Override
    public void pauseReceive(int pair) {
        Engine now = engine;
        if (now != null) {
            now.exchange().pauseReceive();
        }
    }

    @Override
    public void reset() {
        synchronized (device) {
            configured = false;
            if (engine != null) {
                engine.exchange().reset();
            }
        }
    }

    @Override
    public void close() {
        boolean interrupted = false;
        while (starter.isAlive()) {
            try {
                starter.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (engine != null) {
            engine.close();
        }
        ports.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
