package dev.jvmm.legacy;

/**
 * Dates as the registers of an MC146818 hold them: in BCD or binary, with 12 or 24 hours, the century apart. UTC, years 0 to
 * 9999. Own arithmetic, since {@code java.time}'s calendar classes would be loaded at every start.
 */
final class RtcTime {
    /** No date: some register is out of range. */
    static final long NO_TIME = Long.MIN_VALUE;

    static final int SECONDS = 0x00;
    static final int MINUTES = 0x02;
    static final int HOURS = 0x04;
    static final int WEEKDAY = 0x06;
    static final int DAY = 0x07;
    static final int MONTH = 0x08;
    static final int YEAR = 0x09;
    static final int CENTURY = 0x32;

    private static final int B_BINARY = 0x04;
    private static final int B_24_HOURS = 0x02;
    private static final int PM = 0x80;

    private static final int SECONDS_PER_DAY = 86_400;
    private static final int DAYS_PER_ERA = 146_097;
    private static final int YEARS_PER_ERA = 400;

    /** From 0000-03-01 to 1970-01-01. */
    private static final int EPOCH_FROM_MARCH_0 = 719_468;

    private static final int LAST_YEAR = 9999;
    private static final int THURSDAY = 4;

    private RtcTime() {}

    static boolean isTime(int register) {
        switch (register) {
            case SECONDS, MINUTES, HOURS, WEEKDAY, DAY, MONTH, YEAR, CENTURY :
                return true;
            default :
                return false;
        }
    }

    /** Writes a time into the registers. The calendar counts years from March, so that a leap day comes last in its year. */
    static void show(long epochSeconds, byte[] registers, int mode) {
        long days = Math.floorDiv(epochSeconds, SECONDS_PER_DAY);
        int second = (int) Math.floorMod(epochSeconds, (long) SECONDS_PER_DAY);
        long fromMarch0 = days + EPOCH_FROM_MARCH_0;
        long era = Math.floorDiv(fromMarch0, DAYS_PER_ERA);
        int dayOfEra = (int) Math.floorMod(fromMarch0, (long) DAYS_PER_ERA);
        int yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        int dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        int marchMonth = (5 * dayOfYear + 2) / 153;
        int month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
        int year = (int) Math.floorMod(yearOfEra + era * YEARS_PER_ERA + (month <= 2 ? 1 : 0), LAST_YEAR + 1L);
        registers[SECONDS] = encode(second % 60, mode);
        registers[MINUTES] = encode(second / 60 % 60, mode);
        registers[HOURS] = encodeHour(second / 3600, mode);
        registers[WEEKDAY] = encode((int) Math.floorMod(days + THURSDAY, 7L) + 1, mode);
        registers[DAY] = encode(dayOfYear - (153 * marchMonth + 2) / 5 + 1, mode);
        registers[MONTH] = encode(month, mode);
        registers[YEAR] = encode(year % 100, mode);
        registers[CENTURY] = encode(year / 100, mode);
    }

    private static byte encode(int value, int mode) {
        return (byte) ((mode & B_BINARY) != 0 ? value : value / 10 << 4 | value % 10);
    }

    private static byte encodeHour(int hour, int mode) {
        if ((mode & B_24_HOURS) != 0) {
            return encode(hour, mode);
        }
        int shown = hour % 12 == 0 ? 12 : hour % 12;
        return (byte) (encode(shown, mode) | (hour >= 12 ? PM : 0));
    }

    /** The registers' time in seconds since 1970, or {@link #NO_TIME}; the weekday counts for nothing. */
    static long parse(byte[] registers, int mode) {
        int second = decode(registers[SECONDS], mode);
        int minute = decode(registers[MINUTES], mode);
        int hour = decodeHour(registers[HOURS], mode);
        int day = decode(registers[DAY], mode);
        int month = decode(registers[MONTH], mode);
        int year = decode(registers[YEAR], mode);
        int century = decode(registers[CENTURY], mode);
        boolean good = within(second, 0, 59) && within(minute, 0, 59) && within(hour, 0, 23) && within(month, 1, 12)
                && within(year, 0, 99) && within(century, 0, 99);
        if (!good || !within(day, 1, daysIn(month, century * 100 + year))) {
            return NO_TIME;
        }
        long days = daysFromEpoch(century * 100 + year, month, day);
        return days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second;
    }

    private static boolean within(int value, int least, int most) {
        return value >= least && value <= most;
    }

    private static int decode(byte register, int mode) {
        int raw = register & 0xFF;
        if ((mode & B_BINARY) != 0) {
            return raw;
        }
        return (raw >> 4) > 9 || (raw & 0xF) > 9 ? -1 : (raw >> 4) * 10 + (raw & 0xF);
    }

    private static int decodeHour(byte register, int mode) {
        if ((mode & B_24_HOURS) != 0) {
            return decode(register, mode);
        }
        int hour = decode((byte) (register & ~PM), mode);
        return within(hour, 1, 12) ? hour % 12 + ((register & PM) != 0 ? 12 : 0) : -1;
    }

    private static int daysIn(int month, int year) {
        if (month == 2) {
            boolean leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            return leap ? 29 : 28;
        }
        return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
    }

    private static long daysFromEpoch(int year, int month, int day) {
        int marchYear = month <= 2 ? year - 1 : year;
        int era = Math.floorDiv(marchYear, YEARS_PER_ERA);
        int yearOfEra = marchYear - era * YEARS_PER_ERA;
        int dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
        int dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
        return (long) era * DAYS_PER_ERA + dayOfEra - EPOCH_FROM_MARCH_0;
    }
}
