package dev.jvmm.legacy;

import dev.jvmm.bus.BusDevice;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.state.Stateful;

/** Port 0x80, one byte: firmware shows its progress there, and Linux writes to it to pass a microsecond. Reads back. */
public final class PostCode implements BusDevice, Stateful {
    private static final int STATE_VERSION = 1;

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

    @Override
    public int stateVersion() {
        return STATE_VERSION;
    }

    @Override
    public void save(StateWriter out) {
        out.int8(code);
    }

    @Override
    public void restore(StateReader in) {
        code = in.int8();
    }
}
