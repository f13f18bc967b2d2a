package dev.jvmm.usernet.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChecksumTest {
    /** The example of RFC 1071, 3. */
    @Test
    void addsAsTheStandardDoes() {
        ByteBuf bytes = Unpooled.wrappedBuffer(HexFormat.of().parseHex("0001f203f4f5f6f7"));
        assertEquals(0xDDF2, Checksum.fold(Checksum.add(0, bytes, 0, 8)));
        assertEquals(0x220D, Checksum.finish(Checksum.add(0, bytes, 0, 8)));
    }

    /** An IPv4 header from Wikipedia's article on its checksum, which is b861. */
    @Test
    void knowsAHeader() {
        ByteBuf header = Unpooled.wrappedBuffer(HexFormat.of().parseHex("45000073000040004011b861c0a80001c0a800c7"));
        assertEquals(0xFFFF, Checksum.fold(Checksum.add(0, header, 0, 20)));
        header.setShort(10, 0);
        assertEquals(0xB861, Checksum.finish(Checksum.add(0, header, 0, 20)));
    }

    @Test
    void agreesWithTheWordByWordSum() {
        Random random = new Random(1);
        for (int length = 0; length < 100; length++) {
            byte[] bytes = new byte[length + 3];
            random.nextBytes(bytes);
            long plain = 0;
            for (int i = 0; i < length; i++) {
                plain += (long) (bytes[i + 3] & 0xFF) << (i % 2 == 0 ? 8 : 0);
            }
            int expected = Checksum.fold(plain);
            ByteBuf whole = Unpooled.wrappedBuffer(bytes);
            assertEquals(expected, Checksum.fold(Checksum.add(0, whole, 3, length)), "length " + length);
            int cut = length / 3;
            ByteBuf parts = Unpooled.wrappedBuffer(whole.slice(0, 3 + cut), whole.slice(3 + cut, length - cut));
            assertEquals(expected, Checksum.fold(Checksum.add(0, parts, 3, length)), "composite of " + length);
            ByteBuf direct = Unpooled.directBuffer().writeBytes(bytes);
            assertEquals(expected, Checksum.fold(Checksum.add(0, direct, 3, length)), "direct of " + length);
            direct.release();
        }
    }

    @Test
    void largeSumsLoseNothing() {
        byte[] ones = new byte[65_536];
        Arrays.fill(ones, (byte) 0xFF);
        assertEquals(0xFFFF, Checksum.fold(Checksum.add(0, Unpooled.wrappedBuffer(ones), 0, ones.length)));
    }

    @Test
    void pseudoHeadersCount() {
        long v4 = Checksum.addPseudoHeader(0, IpAddress.parse("192.168.0.1"), IpAddress.parse("192.168.0.199"), 17, 8);
        assertEquals(Checksum.fold(0xC0A8 + 0x0001 + 0xC0A8 + 0x00C7 + 17 + 8), Checksum.fold(v4));
        long v6 = Checksum.addPseudoHeader(0, IpAddress.parse("fe80::1"), IpAddress.parse("ff02::2"), 58, 16);
        assertEquals(Checksum.fold(0xFE80 + 1 + 0xFF02 + 2 + 58 + 16), Checksum.fold(v6));
    }
}
