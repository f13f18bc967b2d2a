package dev.jvmm.legacy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CmosRtcTest {
    private static final long GIB = 1L << 30;

    private Instant now = Instant.parse("2026-11-22T15:04:05.5Z");
    private final CmosRtc rtc = new CmosRtc(() -> now, 2 * GIB, 0);

    private int get(int register) {
        rtc.write(0, 1, register);
        return (int) rtc.read(1, 1);
    }

    private void set(int register, int value) {
        rtc.write(0, 1, register);
        rtc.write(1, 1, value);
    }

    /** As Linux's mc146818_get_time reads it, from BCD. */
    private LocalDateTime time() {
        return LocalDateTime.of(
                bcd(get(0x32)) * 100 + bcd(get(9)), bcd(get(8)), bcd(get(7)), bcd(get(4)), bcd(get(2)), bcd(get(0)));
    }

    private static int bcd(int value) {
        return (value >> 4) * 10 + (value & 15);
    }

    private static int toBcd(int value) {
        return value / 10 << 4 | value % 10;
    }

    @Test
    void showsTheTimeInBcd() {
        assertEquals(0x05, get(0));
        assertEquals(0x04, get(2));
        assertEquals(0x15, get(4));
        assertEquals(1, get(6), "Sunday");
        assertEquals(0x22, get(7));
        assertEquals(0x11, get(8));
        assertEquals(0x26, get(9));
        assertEquals(0x20, get(0x32));
        assertEquals(0x02, get(0xB));
        assertEquals(0x80, get(0xD));
        assertEquals(0x05, get(0x80), "bit 7 is the NMI mask, not the index");
    }

    @Test
    void showsBinaryAndTwelveHours() {
        set(0xB, 0x06);
        assertEquals(26, get(9));
        assertEquals(22, get(7));
        set(0xB, 0x00);
        assertEquals(0x83, get(4));
        now = Instant.parse("2026-11-22T00:30:00Z");
        assertEquals(0x12, get(4));
        now = Instant.parse("2026-11-22T12:30:00Z");
        assertEquals(0x92, get(4));
        set(0xB, 0x04);
        assertEquals(0x8C, get(4));
    }

    @Test
    void updateShowsInTheLast244Microseconds() {
        assertEquals(0x26, get(0xA));
        now = Instant.parse("2026-11-22T15:04:05.999755999Z");
        assertEquals(0x26, get(0xA));
        now = Instant.parse("2026-11-22T15:04:05.999756Z");
        assertEquals(0xA6, get(0xA));
        set(0xB, 0x82);
        assertEquals(0x26, get(0xA), "no updates while the clock is being set");
        set(0xB, 0x02);
        set(0xA, 0xFF);
        now = Instant.parse("2026-11-22T15:04:06Z");
        assertEquals(0x7F, get(0xA), "UIP is read-only");
    }

    @Test
    void statusCTellsOfAnUpdateOnce() {
        assertEquals(0x10, get(0xC));
        assertEquals(0, get(0xC));
        now = now.plusSeconds(1);
        assertEquals(0x10, get(0xC));
        assertEquals(0, get(0xC));
        set(0xC, 0xFF);
        set(0xD, 0);
        assertEquals(0, get(0xC));
        assertEquals(0x80, get(0xD));
    }

    /** As Linux's mc146818_set_time does it. */
    @Test
    void settingMovesTheGuestsClock() {
        set(0xB, 0x82);
        set(0x32, 0x19);
        set(9, 0x99);
        set(8, 0x02);
        set(7, 0x28);
        set(4, 0x23);
        set(2, 0x59);
        set(0, 0x58);
        now = now.plusSeconds(100);
        assertEquals(0x58, get(0), "frozen");
        set(0xB, 0x02);
        assertEquals(LocalDateTime.of(1999, 2, 28, 23, 59, 58), time());
        now = now.plusSeconds(3);
        assertEquals(LocalDateTime.of(1999, 3, 1, 0, 0, 1), time());
    }

    @Test
    void nonsenseDoesNotMoveTheClock() {
        LocalDateTime before = time();
        set(0xB, 0x82);
        set(8, 0x02);
        set(7, 0x31);
        set(0xB, 0x02);
        assertEquals(before, time());
        set(0, 0x6A);
        assertEquals(before, time());
        set(0, 0x30);
        assertEquals(before.withSecond(30), time(), "without SET a register counts at once");
    }

    @ParameterizedTest
    @ValueSource(longs = { 0, -1, 951_782_400L, 951_868_799L, 4_102_444_800L, 253_402_300_799L, -62_167_219_200L })
    void edgesOfTheCalendar(long seconds) {
        now = Instant.ofEpochSecond(seconds);
        assertEquals(LocalDateTime.ofEpochSecond(seconds, 0, ZoneOffset.UTC), time());
    }

    @Test
    void agreesWithTheLibrarysCalendarBothWays() {
        Random random = new Random(3);
        for (int i = 0; i < 20_000; i++) {
            long seconds = random.nextLong(-62_167_219_200L, 253_402_300_800L);
            int mode = random.nextInt(4) << 1;
            byte[] registers = new byte[128];
            RtcTime.show(seconds, registers, mode);
            assertEquals(seconds, RtcTime.parse(registers, mode));
            LocalDateTime expected = LocalDateTime.ofEpochSecond(seconds, 0, ZoneOffset.UTC);
            RtcTime.show(seconds, registers, 0x06);
            assertEquals(expected.getYear(), registers[0x32] * 100 + registers[9]);
            assertEquals(expected.getMonthValue(), registers[8]);
            assertEquals(expected.getDayOfMonth(), registers[7]);
            assertEquals(expected.getDayOfWeek().getValue() % 7 + 1, registers[6]);
        }
    }

    @Test
    void memorySizesAreWhereFirmwareLeavesThem() {
        assertEquals(640, get(0x15) | get(0x16) << 8);
        assertEquals(0xFFFF, get(0x17) | get(0x18) << 8);
        assertEquals(0xFFFF, get(0x30) | get(0x31) << 8);
        assertEquals((2 * GIB >> 16) - 256, get(0x34) | get(0x35) << 8);
        CmosRtc large = new CmosRtc(() -> now, 3 * GIB, 5 * GIB);
        large.write(0, 1, 0x5C);
        assertEquals(0x40, large.read(1, 1));
        large.write(0, 1, 0x5D);
        assertEquals(0x01, large.read(1, 1), "0x14000 units of 64 KiB");
        CmosRtc small = new CmosRtc(() -> now, 1 << 20, 0);
        small.write(0, 1, 0x34);
        assertEquals(0, small.read(1, 1));
    }

    @Test
    void memoryKeepsBytesAndWideWritesReachBothPorts() {
        set(0x40, 0xAB);
        assertEquals(0xAB, get(0x40));
        rtc.write(0, 2, 0x5541);
        assertEquals(0x55, get(0x41));
        assertEquals(0xFF, rtc.read(0, 1));
    }

    @Test
    void anySequenceOfAccessesIsHarmless() {
        Random random = new Random(11);
        for (int step = 0; step < 200_000; step++) {
            now = now.plusNanos(random.nextInt(2_000_000_000));
            if (random.nextInt(3) == 0) {
                long value = rtc.read(random.nextInt(2), 1);
                assertTrue(value >= 0 && value <= 0xFF);
            } else {
                rtc.write(random.nextInt(2), 1, random.nextInt(256));
            }
        }
        set(0xB, 0x82);
        int[][] time = { { 0, 1 }, { 2, 2 }, { 4, 3 }, { 7, 4 }, { 8, 5 }, { 9, 26 }, { 0x32, 20 } };
        for (int[] register : time) {
            set(register[0], toBcd(register[1]));
        }
        set(0xB, 0x02);
        assertEquals(LocalDateTime.of(2026, 5, 4, 3, 2, 1), time());
    }
}
