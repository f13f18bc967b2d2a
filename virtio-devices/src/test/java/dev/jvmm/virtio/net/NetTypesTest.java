package dev.jvmm.virtio.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses and configurations. */
class NetTypesTest {
    @Test
    void addressesAreReadAndWritten() {
        MacAddress address = MacAddress.parse("52:54:00:aB:cD:0f");
        assertEquals(0x5254_00AB_CD0FL, address.value());
        assertEquals("52:54:00:ab:cd:0f", address.toString());
        assertArrayEquals(new byte[]{ 0x52, 0x54, 0, (byte) 0xAB, (byte) 0xCD, 0xF }, address.octets());
        assertEquals(address, MacAddress.of(new byte[]{ 9, 0x52, 0x54, 0, (byte) 0xAB, (byte) 0xCD, 0xF }, 1));
        assertEquals("ff:ff:ff:ff:ff:ff", MacAddress.BROADCAST.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "52:54:00:12:34", "52:54:00:12:34:5", "52:54:00:12:34:56:78", "52-54-00-12-34-56",
        "5g:54:00:12:34:56", "525:4:00:12:34:56", "52:54:00:12:34:56 ", "٥٢:54:00:12:34:56", "+2:54:00:12:34:56" })
    void otherTextsAreNoAddresses(String text) {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> MacAddress.parse(text));
        assertEquals("the MAC address \"" + text + "\": give six pairs of hexadecimal digits, as in 52:54:00:12:34:56",
                refused.getMessage());
    }

    @Test
    void addressesHaveKinds() {
        assertTrue(MacAddress.BROADCAST.isMulticast());
        assertTrue(MacAddress.parse("01:00:5e:00:00:01").isMulticast());
        assertFalse(MacAddress.parse("52:54:00:00:00:01").isMulticast());
        assertFalse(new MacAddress(0).isCard());
        assertFalse(MacAddress.BROADCAST.isCard());
        for (long random : new long[]{ 0, -1, 0x0102_0304_0506_0708L, 0x0100_0000_0000L }) {
            MacAddress local = MacAddress.local(random);
            assertTrue(local.isCard());
            assertEquals(2, local.octets()[0] & 3, "locally administered");
        }
        assertThrows(IllegalArgumentException.class, () -> new MacAddress(1L << 48));
        assertThrows(IllegalArgumentException.class, () -> new MacAddress(-1));
    }

    @Test
    void configurationsHaveRanges() {
        NetConfig plain = NetConfig.of(NetFixture.MAC);
        assertEquals(new NetConfig(NetFixture.MAC, OptionalInt.of(68), 16, Optional.empty(), Optional.empty()),
                plain.withMtu(68).withPairs(16));
        for (int mtu : new int[]{ -1, 0, 67, 65_536 }) {
            assertThrows(IllegalArgumentException.class, () -> plain.withMtu(mtu));
        }
        for (int pairs : new int[]{ -1, 0, 17 }) {
            assertThrows(IllegalArgumentException.class, () -> plain.withPairs(pairs));
        }
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class,
                () -> NetConfig.of(MacAddress.parse("01:00:5e:00:00:01")));
        assertEquals("the MAC address 01:00:5e:00:00:01: give one of a single card, such as 02:00:5e:00:00:01",
                refused.getMessage());
    }
}
