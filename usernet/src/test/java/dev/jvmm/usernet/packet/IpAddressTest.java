package dev.jvmm.usernet.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.2.15, 10.0.2.15",
        "255.255.255.255, 255.255.255.255",
        "::, ::",
        "::1, ::1",
        "fec0::2, fec0::2",
        "FE80:0:0:0:5054:ff:fe12:3456, fe80::5054:ff:fe12:3456",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "1::, 1::",
        "64:ff9b::192.0.2.33, 64:ff9b::c000:221",
        "::ffff:127.0.0.1, 127.0.0.1",
    })
    void textsComeBack(String text, String formatted) throws Exception {
        IpAddress address = IpAddress.parse(text);
        assertEquals(formatted, address.toString());
        assertEquals(InetAddress.getByName(text), address.toInetAddress());
        assertEquals(address, IpAddress.of(InetAddress.getByName(text)));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", ".", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "localhost", ":", ":::", "1::2::3",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8:", "12345::", "g::", "::1.2.3", "::1%eth0", "1:2:3:4:5:6:7:1.2.3.4",
        "1:", "١.2.3.4"
    })
    void refusesWhatIsNone(String text) {
        assertThrows(IllegalArgumentException.class, () -> IpAddress.parse(text));
    }

    @Test
    void knowsKinds() {
        assertTrue(IpAddress.parse("127.9.9.9").isLoopback());
        assertTrue(IpAddress.parse("::1").isLoopback());
        assertTrue(IpAddress.parse("ff02::1").isMulticast());
        assertTrue(IpAddress.parse("224.0.0.1").isMulticast());
        assertTrue(IpAddress.parse("fe80::2").isLinkLocal());
        assertTrue(IpAddress.parse("febf::2").isLinkLocal());
        assertFalse(IpAddress.parse("fec0::2").isLinkLocal());
        assertTrue(IpAddress.parse("169.254.1.1").isLinkLocal());
        assertTrue(IpAddress.ANY_V4.isUnspecified());
        assertTrue(IpAddress.ANY_V6.isUnspecified());
        assertFalse(IpAddress.ANY_V6.isV4());
        assertFalse(IpAddress.parse("::1.2.3.4").isV4());
    }

    @Test
    void knowsNetworks() {
        IpAddress network = IpAddress.parse("10.0.2.0");
        assertTrue(IpAddress.parse("10.0.2.255").isIn(network, 24));
        assertFalse(IpAddress.parse("10.0.3.0").isIn(network, 24));
        assertTrue(IpAddress.parse("1.2.3.4").isIn(IpAddress.ANY_V4, 0));
        assertFalse(IpAddress.parse("fec0::1").isIn(IpAddress.ANY_V4, 0));
        assertFalse(IpAddress.parse("10.0.2.1").isIn(network, 32));
        IpAddress prefix = IpAddress.parse("fec0::");
        assertTrue(IpAddress.parse("fec0::ffff:1").isIn(prefix, 64));
        assertFalse(IpAddress.parse("fec0:0:0:1::1").isIn(prefix, 64));
        assertTrue(IpAddress.parse("fec0::ffff:1").isIn(prefix, 96 - 1));
        assertFalse(IpAddress.parse("fec0::1:0:1").isIn(prefix, 128));
        assertEquals(IpAddress.parse("10.0.2.15"), network.plus(15));
        assertEquals(IpAddress.parse("fec0::3"), prefix.plus(3));
    }

    @Test
    void goesThroughPackets() {
        ByteBuf packet = Unpooled.buffer();
        IpAddress v4 = IpAddress.parse("1.2.3.4");
        IpAddress v6 = IpAddress.parse("fec0::1:2");
        v4.write(packet);
        v6.write(packet);
        assertEquals(20, packet.readableBytes());
        assertEquals(v4, IpAddress.readV4(packet, 0));
        assertEquals(v6, IpAddress.readV6(packet, 4));
        assertEquals(4, v4.size());
        assertEquals(16, v6.size());
    }
}
