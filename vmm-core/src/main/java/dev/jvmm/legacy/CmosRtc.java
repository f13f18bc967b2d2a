package dev.jvmm.legacy;

import dev.jvmm.bus.BusDevice;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.state.Stateful;
import java.time.InstantSource;

/**
 * The clock and the 128 bytes of CMOS memory of a PC: an MC146818 behind an index port (0x70) and a data port (0x71). The
 * time is UTC. Setting it moves the guest's clock against the host's and nothing else. No alarm, no interrupt.
 *
 * <p>The date wraps as the chip's does, and every byte value that a guest may write is stored; only a set of registers that
 * makes a date moves the clock.
 */
public final class CmosRtc implements BusDevice, Stateful {
    private static final int STATE_VERSION = 1;

    /** Bytes of the register range: index, data. */
    public static final int SIZE = 2;

    private static final int MEMORY_SIZE = 128;
    private static final int INDEX_MASK = 0x7F; // bit 7 masks NMI
    private static final int INDEX_PORT = 0;
    private static final int DATA_PORT = 1;

    private static final int STATUS_A = 0x0A;
    private static final int STATUS_B = 0x0B;
    private static final int STATUS_C = 0x0C;
    private static final int STATUS_D = 0x0D;

    /** Divider for a 32,768 Hz crystal, periodic rate 1,024 Hz. */
    private static final int A_DEFAULT = 0x26;

    private static final int A_UPDATE_IN_PROGRESS = 0x80;
    private static final int B_SET = 0x80;
    private static final int B_24_HOURS = 0x02;
    private static final int C_UPDATE_ENDED = 0x10;
    private static final int D_VALID = 0x80;

    /** UIP goes up 244 us before an update (data sheet, "update cycle"). */
    private static final int UPDATE_AHEAD_NANOS = 244_000;

    private static final int NANOS_PER_SECOND = 1_000_000_000;

    private static final int BASE_MEMORY = 0x15;
    private static final int EXTENDED_MEMORY = 0x17;
    private static final int EXTENDED_MEMORY_COPY = 0x30;
    private static final int MEMORY_ABOVE_16M = 0x34;
    private static final int MEMORY_ABOVE_4G = 0x5B;
    private static final int BASE_KIB = 640;

    /** No clock is further off: the guest sets years from 0 to 9999, and those are some 3 * 10^11 seconds. */
    private static final long MOST_OFFSET = 1L << 40;

    private final InstantSource clock;
    private final byte[] memory = new byte[MEMORY_SIZE];
    private int index;

    /** The guest's clock minus the host's. */
    private long offsetSeconds;

    /** The second at which status C was last read; none yet, and so there has been an update since. */
    private long lastSeen = Long.MIN_VALUE;

    /**
     * A clock that is right.
     *
     * @param clock the host's
     * @param below4G bytes of RAM below 4 GiB, which firmware leaves in CMOS memory for old boot loaders
     * @param above4G bytes of RAM from 4 GiB on
     */
    public CmosRtc(InstantSource clock, long below4G, long above4G) {
        this.clock = clock;
        memory[STATUS_A] = A_DEFAULT;
        memory[STATUS_B] = B_24_HOURS;
        long extendedKib = Math.max(0, (below4G >> 10) - 1024);
        long above16M = Math.max(0, (below4G >> 16) - 256);
        store(BASE_MEMORY, BASE_KIB, 2);
        store(EXTENDED_MEMORY, Math.min(extendedKib, 0xFFFF), 2);
        store(EXTENDED_MEMORY_COPY, Math.min(extendedKib, 0xFFFF), 2);
        store(MEMORY_ABOVE_16M, Math.min(above16M, 0xFFFF), 2);
        store(MEMORY_ABOVE_4G, Math.min(above4G >> 16, 0xFF_FFFF), 3);
    }

    private void store(int at, long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            memory[at + i] = (byte) (value >> (i << 3));
        }
    }

    @Override
    public synchronized long read(long offset, int size) {
        if (offset == INDEX_PORT) {
            return 0xFF; // write-only
        }
        return readRegister(index);
    }

    @Override
    public synchronized void write(long offset, int size, long value) {
        if (offset == INDEX_PORT) {
            index = (int) value & INDEX_MASK;
            if (size > DATA_PORT) {
                writeRegister(index, (int) (value >> 8) & 0xFF);
            }
        } else {
            writeRegister(index, (int) value & 0xFF);
        }
    }

    private int readRegister(int register) {
        switch (register) {
            case STATUS_A :
                return memory[STATUS_A] & 0xFF | (updating() ? A_UPDATE_IN_PROGRESS : 0);
            case STATUS_C :
                return readUpdateEnded();
            case STATUS_D :
                return D_VALID;
            default :
                if (RtcTime.isTime(register) && !setting()) {
                    showTime();
                }
                return memory[register] & 0xFF;
        }
    }

    private boolean setting() {
        return (memory[STATUS_B] & B_SET) != 0;
    }

    private boolean updating() {
        return !setting() && clock.instant().getNano() >= NANOS_PER_SECOND - UPDATE_AHEAD_NANOS;
    }

    private int readUpdateEnded() {
        long now = clock.instant().getEpochSecond();
        boolean ended = now != lastSeen && !setting();
        lastSeen = now;
        return ended ? C_UPDATE_ENDED : 0;
    }

    private void showTime() {
        RtcTime.show(clock.instant().getEpochSecond() + offsetSeconds, memory, memory[STATUS_B]);
    }

    private void writeRegister(int register, int value) {
        switch (register) {
            case STATUS_A -> memory[STATUS_A] = (byte) (value & ~A_UPDATE_IN_PROGRESS);
            case STATUS_B -> writeStatusB(value);
            case STATUS_C, STATUS_D -> {
                // read-only
            }
            default -> {
                boolean time = RtcTime.isTime(register);
                if (time && !setting()) {
                    showTime();
                }
                memory[register] = (byte) value;
                if (time && !setting()) {
                    adopt();
                }
            }
        }
    }

    /** SET freezes the registers at the time it finds; taking it away sets the clock going from what they hold then. */
    private void writeStatusB(int value) {
        boolean before = setting();
        if (!before) {
            showTime();
        }
        memory[STATUS_B] = (byte) value;
        if (before && !setting()) {
            adopt();
        }
    }

    private void adopt() {
        long seconds = RtcTime.parse(memory, memory[STATUS_B]);
        if (seconds != RtcTime.NO_TIME) {
            offsetSeconds = seconds - clock.instant().getEpochSecond();
        }
    }

    @Override
    public int stateVersion() {
        return STATE_VERSION;
    }

    @Override
    public synchronized void save(StateWriter out) {
        out.int8(index).int64(offsetSeconds).int64(lastSeen).bytes(memory);
    }

    /** The clock shows the host's time of now, as far off as the guest had set it: it went on while the machine did not. */
    @Override
    public synchronized void restore(StateReader in) {
        int savedIndex = in.int8(0, INDEX_MASK);
        long savedOffset = in.int64(-MOST_OFFSET, MOST_OFFSET);
        long savedSeen = in.int64();
        byte[] saved = in.bytes(MEMORY_SIZE);
        if (saved.length != MEMORY_SIZE) {
            throw in.bad("has " + saved.length + " bytes of CMOS memory");
        }
        if ((saved[STATUS_A] & A_UPDATE_IN_PROGRESS) != 0 || saved[STATUS_C] != 0 || saved[STATUS_D] != 0) {
            throw in.bad("has bits that its status registers do not store");
        }
        index = savedIndex;
        offsetSeconds = savedOffset;
        lastSeen = savedSeen;
        System.arraycopy(saved, 0, memory, 0, MEMORY_SIZE);
    }
}
