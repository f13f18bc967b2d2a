package dev.jvmm.virtio.console;

import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.virtio.ConfigSpace;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.queue.Virtqueue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * virtio-console: ports, of which some are terminals. With one port that has no name there are no control queues; otherwise
 * VIRTIO_CONSOLE_F_MULTIPORT is offered.
 *
 * <p>The host's side calls {@link #input}, {@link #outputReady} and {@link #resize} inside {@link VirtioHost#post}.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.3
 */
public final class ConsoleDevice implements VirtioDevice {
    /** The device ID. */
    public static final int TYPE = 3;

    /** Feature bits: the size is valid; several ports; a byte may be written without queues. */
    public static final long F_SIZE = 1;

    public static final long F_MULTIPORT = 1 << 1;
    public static final long F_EMERGENCY_WRITE = 1 << 2;

    static final int CONFIG_COLUMNS = 0;
    static final int CONFIG_ROWS = 2;
    static final int CONFIG_MOST_PORTS = 4;
    static final int CONFIG_EMERGENCY = 8;
    static final int CONFIG_SIZE = 12;

    private static final int CONTROL_RECEIVE = 2;
    private static final int CONTROL_TRANSMIT = 3;
    private static final int QUEUE_SIZE = 64;
    private static final byte[] NOTHING = {};

    private final List<ConsolePort> ports = new ArrayList<>();
    private final boolean multiport;
    private final ConfigSpace space = new ConfigSpace(CONFIG_SIZE);
    private final ControlQueue control = new ControlQueue();
    private final DescriptorChain chain = new DescriptorChain();
    private VirtioHost host;
    private Virtqueue controlTransmit;
    private boolean negotiatedPorts;
    private boolean negotiatedSize;

    /**
     * A device whose ports lead to these peers.
     *
     * @param peers one for each port
     */
    public ConsoleDevice(ConsoleConfig config, List<PortPeer> peers) {
        if (peers.size() != config.ports().size()) {
            throw new IllegalArgumentException(config.ports().size() + " ports and " + peers.size() + " peers");
        }
        for (int i = 0; i < peers.size(); i++) {
            ports.add(new ConsolePort(config.ports().get(i), peers.get(i)));
        }
        multiport = ports.size() > 1 || !config.ports().getFirst().name().isEmpty();
        space.putInt16(CONFIG_COLUMNS, config.columns()).putInt16(CONFIG_ROWS, config.rows());
        space.putInt32(CONFIG_MOST_PORTS, ports.size());
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public String name() {
        return "console";
    }

    @Override
    public long features() {
        return F_SIZE | F_EMERGENCY_WRITE | (multiport ? F_MULTIPORT : 0);
    }

    @Override
    public int queues() {
        return multiport ? 2 * ports.size() + 2 : 2;
    }

    @Override
    public int queueSize(int queue) {
        return QUEUE_SIZE;
    }

    @Override
    public ConfigSpace config() {
        return space;
    }

    @Override
    public void attach(VirtioHost surroundings) {
        host = surroundings;
        for (int i = 0; i < ports.size(); i++) {
            ports.get(i).peer.attached(new PortLine(host, this, i));
        }
    }

    @Override
    public void activate(long features, List<Virtqueue> queues) {
        negotiatedPorts = (features & F_MULTIPORT) != 0;
        negotiatedSize = (features & F_SIZE) != 0;
        int used = negotiatedPorts ? ports.size() : 1;
        for (int i = 0; i < used; i++) {
            int first = firstQueue(i);
            ports.get(i).activate(queues.get(first), queues.get(first + 1));
        }
        if (negotiatedPorts) {
            control.activate(queues.get(CONTROL_RECEIVE));
            controlTransmit = queues.get(CONTROL_TRANSMIT);
        } else if (!ports.getFirst().guestOpen) {
            opened(ports.getFirst(), true);
        }
    }

    /** The queues of port 0 come first, the control queues second (5.3.2). */
    private static int firstQueue(int port) {
        return port == 0 ? 0 : 2 * port + 2;
    }

    @Override
    public void notified(int queue) {
        if (negotiatedPorts && queue == CONTROL_RECEIVE) {
            control.deliver();
        } else if (negotiatedPorts && queue == CONTROL_TRANSMIT) {
            readControl();
        } else if (negotiatedPorts || queue < CONTROL_RECEIVE) { // 5.3.2: the others exist with MULTIPORT only
            ConsolePort port = ports.get(queue < 2 ? 0 : queue / 2 - 1);
            if (queue % 2 == 0) {
                port.receiveRoom();
            } else if (port.transmit()) {
                host.again(queue);
            }
        }
    }

    private void readControl() {
        int budget = QUEUE_SIZE;
        while (controlTransmit.next(chain)) {
            int id = chain.int32(0);
            int event = chain.int16(4);
            int value = chain.int16(6);
            controlTransmit.complete(chain, 0);
            heard(id, event, value);
            if (--budget == 0) {
                host.again(CONTROL_TRANSMIT);
                break;
            }
        }
        controlTransmit.flush();
        control.deliver();
    }

    /** 5.3.6.2: what the driver says. What it can not mean is no harm. */
    private void heard(int id, int event, int value) {
        if (event == ControlQueue.DEVICE_READY && value == 1) {
            addPorts();
        } else if (id >= 0 && id < ports.size()) {
            ConsolePort port = ports.get(id);
            if (event == ControlQueue.PORT_READY && value == 1 && !port.ready) {
                port.ready = true;
                announce(id, port);
            } else if (event == ControlQueue.PORT_OPEN && value <= 1) {
                opened(port, value == 1);
            }
        }
    }

    /** 5.3.6.2.1: no port is added that exists, however often the driver says that it is ready. */
    private void addPorts() {
        for (int i = 0; i < ports.size(); i++) {
            if (!ports.get(i).added) {
                ports.get(i).added = true;
                control.send(i, ControlQueue.PORT_ADD, 1, NOTHING);
            }
        }
    }

    private void announce(int id, ConsolePort port) {
        if (port.config.console()) {
            control.send(id, ControlQueue.CONSOLE_PORT, 1, NOTHING);
            sendSize(id);
        }
        if (!port.config.name().isEmpty()) {
            control.send(id, ControlQueue.PORT_NAME, 1, port.config.name().getBytes(StandardCharsets.UTF_8));
        }
        control.send(id, ControlQueue.PORT_OPEN, 1, NOTHING);
    }

    /** Columns first, as the specification says; Linux before 6.16 takes them for rows. */
    private void sendSize(int id) {
        ByteBuffer size = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
        size.putShort((short) space.int16(CONFIG_COLUMNS)).putShort((short) space.int16(CONFIG_ROWS));
        control.sendLatest(id, ControlQueue.RESIZE, 0, size.array());
    }

    private static void opened(ConsolePort port, boolean open) {
        if (port.guestOpen != open) {
            port.guestOpen = open;
            port.peer.guestOpened(open);
        }
    }

    /**
     * Gives bytes to the guest's end of a port, as many as there is room for, by moving the position; {@link PortPeer#inputReady} tells
     * of more.
     */
    public void input(int port, ByteBuffer bytes) {
        if (ports.get(port).input(bytes)) {
            host.again(firstQueue(port));
        }
    }

    /** The host's end of a port can take output again. */
    public void outputReady(int port) {
        if (ports.get(port).transmit()) {
            host.again(firstQueue(port) + 1);
        }
    }

    /** The terminal's size has changed. */
    public void resize(int columns, int rows) {
        space.putInt16(CONFIG_COLUMNS, columns).putInt16(CONFIG_ROWS, rows);
        if (negotiatedPorts) {
            if (ports.getFirst().ready && ports.getFirst().config.console()) {
                sendSize(0);
                control.deliver();
            }
        }
        if (negotiatedSize) {
            host.configChanged();
        }
    }

    /** 5.3.5.1: a byte without queues, at any time. */
    @Override
    public void configWritten(int offset, int size, long value) {
        if (offset == CONFIG_EMERGENCY) {
            ports.getFirst().peer.output(ByteBuffer.wrap(new byte[]{ (byte) value }));
        }
    }

    @Override
    public void reset() {
        for (ConsolePort port : ports) {
            if (port.reset()) {
                port.peer.guestOpened(false);
            }
        }
        control.reset();
        controlTransmit = null;
        negotiatedPorts = false;
        negotiatedSize = false;
    }

    @Override
    public void close() {
        for (ConsolePort port : ports) {
            port.peer.close();
        }
    }

    @Override
    public int stateVersion() {
        return 2;
    }

    @Override
    public void save(StateWriter out) {
        out.int32(ports.size());
        for (ConsolePort port : ports) {
            port.save(out);
        }
        control.save(out);
    }

    @Override
    public void restore(StateReader in) {
        in.int32(ports.size(), ports.size());
        for (ConsolePort port : ports) {
            port.restore(in);
        }
        control.restore(in);
    }
}
