package dev.jvmm.virtio.net;

import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.virtio.ConfigSpace;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.queue.Virtqueue;
import java.util.List;

/**
 * A network card. Frames go between the driver's buffers and the backend without a copy in between; nothing is allocated on the way once
 * as many buffers were taken before.
 *
 * <p>A frame whose header does not go with what was negotiated is dropped and counted, as is one that the backend can not send. A driver
 * that breaks the rules of the queues stops the device.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.1
 */
public final class NetDevice implements VirtioDevice {
    /** The device ID. */
    public static final int TYPE = 1;

    /** Descriptors of a queue. */
    public static final int QUEUE_SIZE = 256;

    private static final int STATE_VERSION = 1;

    private final String name;
    private final NetConfig config;
    final CardConfig card;
    final NetBackend backend;
    final NetAgreement agreed = new NetAgreement();
    final NetCounters counters = new NetCounters();
    final HeaderRules rules = new HeaderRules();
    final ReceiveFilter filter = new ReceiveFilter();

    private VirtioHost host;
    ReceiveQueue[] receive = {};
    TransmitQueue[] transmit = {};
    private final KernelPairs kernel;

    Gate receiveGate;
    Gate transmitGate;

    /** Null while the driver has none. */
    private NetControl control;

    private boolean active;

    /** Pairs in use, and those that the driver has queues for. */
    int pairs = 1;

    private int usable = 1;

    /** Bytes of the longest frame for the driver that is not to be cut and has no VLAN tag. */
    int mostFrame = Integer.MAX_VALUE;

    /** The driver of a saved machine was active, with these offloads; pairs, filter and address are its as well. */
    private boolean restored;

    private long restoredOffloads;

    private boolean wantedUp = true;
    private boolean hostUp = true;

    /**
     * A card in front of a backend, which it owns.
     *
     * @param name for the log: "eth0"
     */
    public NetDevice(String name, NetConfig config, NetBackend backend) {
        if (config.pairs() > backend.pairs()) {
            throw new NetException("network " + name + ": " + config.pairs() + " queue pairs, and this network has "
                    + backend.pairs());
        }
        this.name = name;
        this.config = config;
        this.backend = backend;
        card = new CardConfig(config);
        kernel = new KernelPairs(this, config.pairs());
        filter.clear();
        filter.address(config.mac().value());
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public String name() {
        return "network " + name;
    }

    @Override
    public long features() {
        return CardConfig.features(config, backend.features());
    }

    @Override
    public boolean accepts(long features) {
        return NetFeature.consistent(features);
    }

    @Override
    public int queues() {
        return 2 * config.pairs() + 1;
    }

    @Override
    public int queueSize(int queue) {
        return QUEUE_SIZE;
    }

    @Override
    public ConfigSpace config() {
        return card.space();
    }

    @Override
    public void attach(VirtioHost surroundings) {
        host = surroundings;
        receive = new ReceiveQueue[config.pairs()];
        transmit = new TransmitQueue[config.pairs()];
        for (int i = 0; i < receive.length; i++) {
            receive[i] = new ReceiveQueue(this, i, new ReceiveBuffers(host.ram()));
            transmit[i] = new TransmitQueue(this, i);
        }
        receiveGate = new Gate(config.receive(), host, receive);
        transmitGate = new Gate(config.transmit(), host, transmit);
        backend.attach(host, new NetEars(this));
    }

    @Override
    public void activate(long features, List<Virtqueue> live) {
        agreed.begin(features);
        usable = agreed.has(NetFeature.MQ) ? config.pairs() : 1;
        pairs = restored ? Math.min(pairs, usable) : 1;
        if (restored) {
            agreed.useOffloads(restoredOffloads);
        }
        filter.begin(agreed.has(NetFeature.CTRL_RX), agreed.has(NetFeature.CTRL_VLAN));
        mostFrame = agreed.has(NetFeature.MTU) ? config.mtu().orElseThrow() + NetHeader.ETHERNET : Integer.MAX_VALUE;
        for (int i = 0; i < usable; i++) {
            receive[i].begin(live.get(2 * i), agreed.has(NetFeature.MRG_RXBUF));
            transmit[i].begin(live.get(2 * i + 1));
        }
        kernel.begin(live, usable);
        control = agreed.has(NetFeature.CTRL_VQ) ? new NetControl(this, 2 * usable, live.get(2 * usable)) : null;
        active = true;
        configure();
        kernel.advance();
        if (restored) {
            restored = false;
            host.post(new Announcement());
        }
    }

    /** Puts into force what was agreed on. */
    void configure() {
        rules.begin(agreed.inForce());
        backend.configure(agreed.inForce(), pairs);
    }

    @Override
    public void notified(int queue) {
        if (control != null && queue == control.index()) {
            control.notified();
        } else if (queue < 2 * usable) {
            kernel.retreat(); // the driver may want its queue back
            if (kernel.has(queue / 2)) {
                return;
            }
            if (queue % 2 == 0) {
                receive[queue / 2].notified();
            } else {
                transmit[queue / 2].notified();
            }
        }
    }

    /** Has the driver tell its neighbours where it is, if it knows how (5.1.6.5.4): after a migration or a restore. Any thread. */
    public void announce() {
        host.post(new Announcement());
    }

    /** Pulls the cable out, or puts it back. Without, frames of the driver's are dropped and none is received. Any thread. */
    public void link(boolean up) {
        host.post(new Cable(this, up));
    }

    /** What has passed so far. Any thread. */
    public NetStatistics statistics() {
        return counters.read();
    }

    private final class Announcement implements Runnable {
        @Override
        public void run() {
            if (agreed.has(NetFeature.GUEST_ANNOUNCE)) {
                card.askForAnnouncement();
            }
            host.configChanged(); // whether there is a link may be new as well
        }
    }

    /** Our end of the cable. */
    void wantedLink(boolean up) {
        wantedUp = up;
        showLink();
    }

    /** The host's end of it. */
    void hostLink(boolean up) {
        hostUp = up;
        showLink();
    }

    private void showLink() {
        if (!card.link(isLinked())) {
            return;
        }
        if (agreed.has(NetFeature.STATUS)) {
            host.configChanged();
        }
        refresh();
    }

    /** Receives for the pairs that it shall, and for no other; and has frames that wait to be sent tried again, or dropped. */
    private void refresh() {
        kernel.retreat();
        kernel.advance();
        for (int i = 0; active && i < usable; i++) {
            if (!kernel.has(i)) {
                receive[i].pause();
                if (receives(i)) {
                    again(2 * i);
                }
                transmit[i].retry();
            }
        }
    }

    /** The command VQ_PAIRS_SET; the driver may not use what it did not make ready, but that is its own loss. */
    boolean usePairs(int value) {
        if (value < 1 || value > usable) {
            return false;
        }
        pairs = value;
        kernel.retreat();
        configure();
        refresh();
        return true;
    }

    /** 5.1.6.5.2: in effect, and in the configuration, before the driver's command is used. */
    void address(MacAddress value) {
        filter.address(value.value());
        card.address(value);
    }

    boolean isLinked() {
        return wantedUp && hostUp;
    }

    boolean receives(int pair) {
        return active && pair < pairs && isLinked();
    }

    void again(int queue) {
        host.again(queue);
    }

    @Override
    public void suspend() {
        kernel.suspend(true);
    }

    @Override
    public void resume() {
        kernel.suspend(false);
    }

    @Override
    public void reset() {
        kernel.reset();
        if (active) {
            backend.reset();
        }
        active = false;
        restored = false;
        agreed.begin(0);
        pairs = 1;
        usable = 1;
        control = null;
        for (int i = 0; i < receive.length; i++) {
            receive[i].reset();
            transmit[i].reset();
        }
        receiveGate.reset();
        transmitGate.reset();
        filter.clear();
        address(config.mac());
        card.acknowledgeAnnouncement();
    }

    @Override
    public int stateVersion() {
        return STATE_VERSION;
    }

    /** Buffers that were taken ahead and frames that wait to be sent are in flight, and so in the queues' records. */
    @Override
    public void save(StateWriter out) {
        out.bool(active).int16(pairs).int64(agreed.offloads());
        out.int64(card.address().value());
        filter.save(out);
        counters.save(out);
        out.bool(wantedUp);
    }

    @Override
    public void restore(StateReader in) {
        restored = in.bool();
        pairs = in.int16();
        restoredOffloads = in.int64();
        MacAddress address = new MacAddress(in.int64(0, MacAddress.BROADCAST.value()));
        if (pairs < 1 || pairs > config.pairs() || !address.isCard()) {
            throw in.bad("has " + pairs + " queue pairs and the address " + address);
        }
        address(address);
        filter.restore(in);
        counters.restore(in);
        wantedUp = in.bool();
        card.link(isLinked());
    }

    @Override
    public void close() {
        backend.close();
        if (host != null) {
            receiveGate.close();
            transmitGate.close();
        }
        for (ReceiveQueue queue : receive) {
            queue.close();
        }
    }
}
