package dev.jvmm.usernet;

import dev.jvmm.usernet.packet.IpAddress;
import java.util.Optional;

/**
 * A port of the host's that leads to one of the guest's.
 *
 * @param kind TCP or UDP
 * @param hostAddress where the host listens
 * @param hostPort 1 to 65535; 0 lets the host choose
 * @param guestAddress which of the guest's addresses; nothing for the one that DHCP gives it
 * @param guestPort 1 to 65535
 */
public record Forward(
        Kind kind, IpAddress hostAddress, int hostPort, Optional<IpAddress> guestAddress, int guestPort) {
    /** Where the host listens when nothing else is said: for itself only. */
    private static final IpAddress LOOPBACK = IpAddress.parse("127.0.0.1");

    private static final int MOST_PORT = 65_535;
    private static final String EXAMPLE = "; give it as tcp:127.0.0.1:8080-:80, which is"
            + " tcp or udp:[HOST-ADDRESS]:HOST-PORT-[GUEST-ADDRESS]:GUEST-PORT";

    /** What is forwarded. */
    public enum Kind {
        TCP("tcp"), UDP("udp");

        private final String text;

        Kind(String text) {
            this.text = text;
        }
    }

    /** Checks the ports. */
    public Forward {
        if (hostPort < 0 || hostPort > MOST_PORT || guestPort < 1 || guestPort > MOST_PORT) {
            throw new UserNetException("a port is a number from 1 to 65535");
        }
    }

    /**
     * Reads a forward as QEMU's {@code hostfwd} has it: {@code tcp:127.0.0.1:8080-:80}. Without a host address it is 127.0.0.1 (QEMU's is
     * 0.0.0.0), without a guest address the one that DHCP gives; IPv6 addresses stand in brackets.
     *
     * @throws UserNetException when it is none, saying what one looks like
     */
    public static Forward parse(String text) {
        int colon = text.indexOf(':');
        int dash = text.lastIndexOf('-');
        if (colon < 0 || dash < colon) {
            throw new UserNetException("'" + text + "' is no forwarded port" + EXAMPLE);
        }
        Kind kind = kind(text.substring(0, colon), text);
        String host = text.substring(colon + 1, dash);
        String guest = text.substring(dash + 1);
        Optional<IpAddress> guestAddress = address(guest, text);
        if (guestAddress.isPresent() && guestAddress.get().isUnspecified()) {
            guestAddress = Optional.empty();
        }
        return new Forward(kind, address(host, text).orElse(LOOPBACK), port(host, text), guestAddress,
                port(guest, text));
    }

    private static Kind kind(String name, String text) {
        if (name.equals("tcp") || name.isEmpty()) {
            return Kind.TCP;
        }
        if (name.equals("udp")) {
            return Kind.UDP;
        }
        throw new UserNetException("'" + name + "' in '" + text + "' is neither tcp nor udp" + EXAMPLE);
    }

    private static Optional<IpAddress> address(String end, String text) {
        int colon = end.lastIndexOf(':');
        if (colon < 0) {
            throw new UserNetException("'" + end + "' in '" + text + "' has no port" + EXAMPLE);
        }
        String address = end.substring(0, colon);
        if (address.isEmpty()) {
            return Optional.empty();
        }
        boolean brackets = address.charAt(0) == '[' && address.charAt(address.length() - 1) == ']';
        if (address.indexOf(':') >= 0 && !brackets) {
            throw new UserNetException("the IPv6 address in '" + end + "' needs brackets: [::1]:8080");
        }
        try {
            return Optional.of(IpAddress.parse(brackets ? address.substring(1, address.length() - 1) : address));
        } catch (IllegalArgumentException e) {
            throw new UserNetException(e.getMessage() + ", in '" + text + "'; names are not looked up", e);
        }
    }

    private static int port(String end, String text) {
        String port = end.substring(end.lastIndexOf(':') + 1);
        int value = 0;
        boolean good = !port.isEmpty() && port.length() <= 5;
        for (int i = 0; good && i < port.length(); i++) {
            int digit = port.charAt(i) - '0';
            good = digit >= 0 && digit <= 9;
            value = 10 * value + digit;
        }
        if (!good || value < 1 || value > MOST_PORT) {
            throw new UserNetException(
                    "'" + port + "' in '" + text + "' is no port: a port is a number from 1 to 65535");
        }
        return value;
    }

    /** What {@link #parse} makes an equal forward from. */
    public String text() {
        return kind.text + ":" + bracketed(hostAddress) + ":" + hostPort + "-"
                + (guestAddress.isPresent() ? bracketed(guestAddress.get()) : "") + ":" + guestPort;
    }

    private static String bracketed(IpAddress address) {
        return address.isV4() ? address.toString() : "[" + address + "]";
    }
}
