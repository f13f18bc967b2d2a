package dev.jvmm.bus;

import java.util.Arrays;

/**
 * Finds the device behind an address: one bus for ports, one for MMIO. Any thread may read, write, add and remove; an access
 * takes no lock and allocates nothing. An access that is already with its device when that is removed runs to its end.
 *
 * <p>Nobody home, or an access that reaches beyond its device's range, is a floating bus: reads give all ones, writes
 * vanish. The same goes for a device that throws.
 */
public final class AddressBus {
    private static final long ALL_ONES = -1L;

    private final String name;
    private final FaultListener faults;
    private volatile Snapshot snapshot = new Snapshot(new Range[0]);

    /**
     * An empty bus that logs devices' failures.
     *
     * @param name for messages: "port", "MMIO"
     */
    public AddressBus(String name) {
        this(name, new FaultLogger());
    }

    /** An empty bus that tells of devices' failures. */
    public AddressBus(String name, FaultListener faults) {
        this.name = name;
        this.faults = faults;
    }

    /** One device's place; the flag is set by whoever reports first, and a second report would do no harm. */
    private static final class Range {
        final long start;
        final long length;
        final BusDevice device;
        boolean reported;

        Range(long start, long length, BusDevice device) {
            this.start = start;
            this.length = length;
            this.device = device;
        }

        @Override
        public String toString() {
            return "0x" + Long.toHexString(start) + "-0x" + Long.toHexString(start + (length - 1));
        }
    }

    /** The ranges in ascending order. {@code last} is a guess, right or wrong, that threads may overwrite at any time. */
    private static final class Snapshot {
        final Range[] ranges;
        final long[] starts;
        Range last;

        Snapshot(Range[] ranges) {
            this.ranges = ranges;
            starts = new long[ranges.length];
            for (int i = 0; i < ranges.length; i++) {
                starts[i] = ranges[i].start;
            }
        }

        /** The range that holds all of the access, or null. An address from 2^63 on is negative: below every range. */
        Range find(long address, int size) {
            Range range = last;
            if (range == null || address < range.start || address - range.start >= range.length) {
                int index = Arrays.binarySearch(starts, address);
                int below = index >= 0 ? index : -index - 2;
                if (below < 0) {
                    return null;
                }
                range = ranges[below];
                if (address - range.start >= range.length) {
                    return null;
                }
                last = range;
            }
            return size <= range.length - (address - range.start) ? range : null;
        }
    }

    /**
     * Gives a range to a device.
     *
     * @param start the first port or address, not negative
     * @param length in bytes, above 0; start + length stays below 2^63
     * @throws IllegalArgumentException when the range is bad or part of it is taken; the message says by which range
     */
    public synchronized void add(long start, long length, BusDevice device) {
        if (start < 0 || length <= 0 || length > Long.MAX_VALUE - start) {
            throw new IllegalArgumentException("a " + name + " range of 0x" + Long.toHexString(length)
                    + " bytes can not begin at 0x" + Long.toHexString(start));
        }
        Range added = new Range(start, length, device);
        Range[] old = snapshot.ranges;
        int at = 0;
        while (at < old.length && old[at].start < start) {
            at++;
        }
        if (at > 0 && start - old[at - 1].start < old[at - 1].length) {
            throw overlap(added, old[at - 1]);
        }
        if (at < old.length && old[at].start - start < length) {
            throw overlap(added, old[at]);
        }
        Range[] ranges = new Range[old.length + 1];
        System.arraycopy(old, 0, ranges, 0, at);
        ranges[at] = added;
        System.arraycopy(old, at, ranges, at + 1, old.length - at);
        snapshot = new Snapshot(ranges);
    }

    private IllegalArgumentException overlap(Range added, Range old) {
        return new IllegalArgumentException(name + " range " + added + " of "
                + added.device.getClass().getSimpleName() + " overlaps " + old + " of "
                + old.device.getClass().getSimpleName());
    }

    /**
     * Takes the range back that was added at {@code start}.
     *
     * @return whether there was one
     */
    public synchronized boolean remove(long start) {
        Range[] old = snapshot.ranges;
        for (int i = 0; i < old.length; i++) {
            if (old[i].start == start) {
                Range[] ranges = new Range[old.length - 1];
                System.arraycopy(old, 0, ranges, 0, i);
                System.arraycopy(old, i + 1, ranges, i, ranges.length - i);
                snapshot = new Snapshot(ranges);
                return true;
            }
        }
        return false;
    }

    /**
     * The guest reads.
     *
     * @param size 1, 2, 4 or 8 bytes
     * @return the value with zeroes above {@code size}
     */
    public long read(long address, int size) {
        Range range = snapshot.find(address, size);
        long value = ALL_ONES;
        if (range != null) {
            try {
                value = range.device.read(address - range.start, size);
            } catch (RuntimeException e) {
                report(range, address, e);
            }
        }
        return value & mask(size);
    }

    /**
     * The guest writes.
     *
     * @param size 1, 2, 4 or 8 bytes
     * @param value what lies above {@code size} is cut off
     */
    public void write(long address, int size, long value) {
        Range range = snapshot.find(address, size);
        if (range != null) {
            try {
                range.device.write(address - range.start, size, value & mask(size));
            } catch (RuntimeException e) {
                report(range, address, e);
            }
        }
    }

    private static long mask(int size) {
        return size >= Long.BYTES ? ALL_ONES : (1L << (size << 3)) - 1;
    }

    private void report(Range range, long address, RuntimeException failure) {
        if (!range.reported) {
            range.reported = true;
            faults.deviceFailed(name, range.device, address, failure);
        }
    }
}
