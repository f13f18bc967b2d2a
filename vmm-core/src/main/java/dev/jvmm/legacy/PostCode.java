package dev.jvmm.legacy;

import dev.jvmm.bus.BusDevice;

/** Port 0x80, one byte: firmware shows its progress there, and Linux writes to it to pass a microsecond. Reads back. */
public final class PostCode implements BusDevice {
    private volatile int code;

    /** Nothing was written yet: code 0. */
    public PostCode() {}

    /** The last code written, 0 to 255. */
    public int code() {
        return code;
    }

    @Override
    public long read(long offset, int size) {
        return code;
    }

    @Override
    public void write(long offset, int size, long value) {
        code = (int) value & 0xFF;
    }
}
