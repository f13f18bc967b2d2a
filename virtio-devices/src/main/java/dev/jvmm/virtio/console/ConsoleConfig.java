package dev.jvmm.virtio.console;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The ports of a console device. Port 0 is a console.
 *
 * @param ports at least one, at most {@value #MOST_PORTS}
 * @param columns of the console, 0 if unknown
 * @param rows of the console, 0 if unknown
 */
public record ConsoleConfig(List<Port> ports, int columns, int rows) {
    /** The most ports: a queue pair each, and the control queues. */
    public static final int MOST_PORTS = 31;

    private static final int MOST_NAME = 128;
    private static final int MOST_SIZE = 0xFFFF;

    /**
     * A port.
     *
     * @param name by which the guest finds it in /dev/virtio-ports, or empty
     * @param console whether the guest shall make a terminal (hvc) of it
     */
    public record Port(String name, boolean console) {
        /** Checks the name. */
        public Port {
            if (name.getBytes(StandardCharsets.UTF_8).length > MOST_NAME || name.indexOf('/') >= 0
                    || name.indexOf(0) >= 0) {
                throw new IllegalArgumentException(
                        "a port called \"" + name + "\": give up to 128 bytes without a slash");
            }
        }
    }

    /** Checks the numbers. */
    public ConsoleConfig {
        ports = List.copyOf(ports);
        if (ports.isEmpty() || ports.size() > MOST_PORTS) {
            throw new IllegalArgumentException("a console with " + ports.size() + " ports: give 1 to " + MOST_PORTS);
        }
        if (columns < 0 || columns > MOST_SIZE || rows < 0 || rows > MOST_SIZE) {
            throw new IllegalArgumentException("a console of " + columns + " by " + rows + ": give 0 to " + MOST_SIZE);
        }
    }

    /** One console of unknown size. */
    public static ConsoleConfig single() {
        return new ConsoleConfig(List.of(new Port("", true)), 0, 0);
    }
}
