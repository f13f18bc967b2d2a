package dev.jvmm.device;

import dev.jvmm.config.ConfigException;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.console.ConsoleConfig;
import dev.jvmm.virtio.console.ConsoleDevice;
import dev.jvmm.virtio.console.PortPeer;
import dev.jvmm.virtio.console.SocketPort;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A virtio-console, each of whose ports is a Unix socket of the host.
 *
 * @param socket of port 0, which is a terminal ({@code /dev/hvc0}), if there is one
 * @param ports those with names
 * @param columns of the terminal, 0 if unknown
 * @param rows of the terminal, 0 if unknown
 */
public record ConsoleSpec(Optional<String> socket, List<Port> ports, int columns, int rows) implements DeviceSpec {
    /** Its name among the {@link DeviceSpec#KINDS}. */
    public static final String KIND = "virtio-console";

    /** A port that the guest finds as {@code /dev/virtio-ports/NAME}. */
    public record Port(String name, String socket) {}

    private static final int MOST_SIZE = 0xFFFF;

    private static final OptionKey SOCKET = new OptionKey("socket", "PATH", "no terminal",
            "a Unix socket that is made for the host's end of a terminal, `/dev/hvc0` in the guest");
    private static final OptionKey PORT = OptionKey.ofMany("port", "NAME:PATH", "none",
            "likewise for `/dev/virtio-ports/NAME`; may be there several times");
    private static final OptionKey COLUMNS = new OptionKey("columns", "N", "0", "the terminal's width");
    private static final OptionKey ROWS = new OptionKey("rows", "N", "0", "the terminal's height");

    static final List<OptionKey> KEYS = List.of(SOCKET, PORT, COLUMNS, ROWS);

    /** Checks what can be checked without the host. */
    public ConsoleSpec {
        ports = List.copyOf(ports);
        if (socket.isEmpty() && ports.isEmpty()) {
            throw new ConfigException(
                    KIND + " without ports: give it " + SOCKET.form() + " or " + PORT.form());
        }
    }

    static ConsoleSpec parse(String text) {
        OptionText option = new OptionText(KIND, KEYS, text);
        List<Port> ports = new ArrayList<>();
        for (String value : option.values(PORT)) {
            int colon = value.indexOf(':');
            if (colon <= 0 || colon == value.length() - 1) {
                throw option.bad(PORT.name() + "=" + value, "a port is written " + PORT.form());
            }
            ports.add(new Port(value.substring(0, colon), value.substring(colon + 1)));
        }
        Optional<String> socket = option.value(SOCKET);
        if (socket.isPresent() && socket.get().isEmpty()) {
            throw option.bad(SOCKET.name() + "=", "the value is missing: " + SOCKET.form());
        }
        ConsoleSpec spec = new ConsoleSpec(socket, ports, (int) option.number(COLUMNS, 0, MOST_SIZE, 0),
                (int) option.number(ROWS, 0, MOST_SIZE, 0));
        try {
            spec.config();
        } catch (IllegalArgumentException e) {
            throw option.bad(e.getMessage());
        }
        return spec;
    }

    private ConsoleConfig config() {
        List<ConsoleConfig.Port> all = new ArrayList<>();
        if (socket.isPresent()) {
            all.add(new ConsoleConfig.Port("", true));
        }
        for (Port port : ports) {
            all.add(new ConsoleConfig.Port(port.name, false));
        }
        return new ConsoleConfig(all, columns, rows);
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public String text() {
        OptionWriter writer = new OptionWriter();
        if (socket.isPresent()) {
            writer.value(SOCKET, socket.get());
        }
        for (Port port : ports) {
            writer.value(PORT, port.name + ":" + port.socket);
        }
        return writer.number(COLUMNS, columns, 0).number(ROWS, rows, 0).toString();
    }

    @Override
    public VirtioDevice open(GuestMemory memory, String name) {
        List<PortPeer> peers = new ArrayList<>();
        try {
            if (socket.isPresent()) {
                peers.add(listen(name + "-tty", socket.get()));
            }
            for (Port port : ports) {
                peers.add(listen(name + "-" + port.name, port.socket));
            }
            return new ConsoleDevice(config(), peers);
        } catch (ConfigException e) {
            for (PortPeer peer : peers) {
                peer.close();
            }
            throw e;
        }
    }

    private static SocketPort listen(String name, String path) {
        try {
            return SocketPort.listen(name, Path.of(path));
        } catch (IOException | IllegalArgumentException e) {
            throw new ConfigException(KIND + ": no socket can be made at '" + path + "': " + e.getMessage()
                    + "; give a path of up to 107 bytes where nothing is, in a folder that you may write to");
        }
    }
}
