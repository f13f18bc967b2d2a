package dev.jvmm.usernet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.usernet.packet.IpAddress;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people write of forwarded ports and networks. */
class ForwardTest {
    @ParameterizedTest
    @CsvSource({
        "tcp:127.0.0.1:8080-:80, tcp:127.0.0.1:8080-:80",
        "tcp::8080-:80, tcp:127.0.0.1:8080-:80",
        ":0.0.0.0:8080-:80, tcp:0.0.0.0:8080-:80",
        "udp:10.1.2.3:53-10.0.2.16:53, udp:10.1.2.3:53-10.0.2.16:53",
        "tcp:[::1]:65535-[fec0::15]:1, tcp:[::1]:65535-[fec0::15]:1",
        "tcp::1-0.0.0.0:2, tcp:127.0.0.1:1-:2",
    })
    void textsComeBack(String text, String formatted) {
        Forward forward = Forward.parse(text);
        assertEquals(formatted, forward.text());
        assertEquals(forward, Forward.parse(formatted));
    }

    @ParameterizedTest
    @CsvSource({
        "8080, is no forwarded port",
        "tcp:8080:80, is no forwarded port",
        "icmp::8080-:80, neither tcp nor udp",
        "tcp:8080-80, has no port",
        "tcp::8080-80, has no port",
        "tcp::0-:80, a number from 1 to 65535",
        "tcp::65536-:80, a number from 1 to 65535",
        "tcp::123456-:80, a number from 1 to 65535",
        "tcp::8080-:http, a number from 1 to 65535",
        "tcp::8080-:, a number from 1 to 65535",
        "tcp:localhost:8080-:80, names are not looked up",
        "tcp:::1:8080-:80, needs brackets",
    })
    void mistakesAreExplained(String text, String hint) {
        UserNetException problem = assertThrows(UserNetException.class, () -> Forward.parse(text));
        assertTrue(problem.getMessage().contains(hint), problem.getMessage());
    }

    @Test
    void takenPortsAreExplained() throws IOException {
        IpAddress loopback = IpAddress.parse("127.0.0.1");
        try (ServerSocket tcp = new ServerSocket(0, 1, loopback.toInetAddress());
                DatagramSocket udp = new DatagramSocket(0, loopback.toInetAddress())) {
            for (Forward taken : new Forward[]{
                new Forward(Forward.Kind.TCP, loopback, tcp.getLocalPort(), Optional.empty(), 80),
                new Forward(Forward.Kind.UDP, loopback, udp.getLocalPort(), Optional.empty(), 80),
                new Forward(Forward.Kind.TCP, IpAddress.parse("192.0.2.1"), 8080, Optional.empty(), 80),
            }) {
                UserNetException problem = assertThrows(
                        UserNetException.class, () -> UserNetwork.open(UserNetConfig.DEFAULTS.withForward(taken)));
                assertTrue(problem.getMessage().contains(taken.text()), problem.getMessage());
                assertFalse(problem.getMessage().contains("null"), problem.getMessage());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = { "10.0.2.0", "10.0.2.1/24", "10.0.2.0/28", "10.0.0.0/7", "fec0::/64", "127.0.0.0/8",
        "0.0.0.0/8", "x/24", "10.0.2.0/x" })
    void networksAreChecked(String text) {
        assertThrows(UserNetException.class, () -> UserNetConfig.DEFAULTS.withNetwork(text));
    }

    @Test
    void otherValuesAreChecked() {
        assertThrows(UserNetException.class, () -> UserNetConfig.DEFAULTS.withMtu(1279));
        assertThrows(UserNetException.class, () -> UserNetConfig.DEFAULTS.withMtu(65_501));
        assertThrows(UserNetException.class, () -> UserNetConfig.DEFAULTS.withHostname("a.b"));
        assertThrows(UserNetException.class, () -> UserNetConfig.DEFAULTS.withHostname(""));
        UserNetConfig config = UserNetConfig.DEFAULTS.withNetwork("192.168.7.32/27").withMtu(9000)
                .withHostname("box-1");
        assertEquals("192.168.7.47", config.guest().toString());
        assertEquals("192.168.7.63", config.plan().broadcast().toString());
    }
}
