package dev.jvmm.kvm;

import dev.jvmm.kvm.abi.KvmMsrEntry;
import dev.jvmm.kvm.abi.KvmMsrs;
import dev.jvmm.linux.NativeBuffers;
import java.nio.ByteBuffer;

/** Model-specific registers to read or write in one call ({@code struct kvm_msrs}). Not thread-safe. */
public final class MsrList {
    private final ByteBuffer buffer;
    private final int size;

    /** A list of these MSRs, values 0. */
    public MsrList(int... indices) {
        size = indices.length;
        buffer = NativeBuffers.allocate(KvmMsrs.ENTRIES + size * KvmMsrEntry.SIZE);
        buffer.putInt(KvmMsrs.NMSRS, size);
        for (int i = 0; i < size; i++) {
            buffer.putInt(at(i) + KvmMsrEntry.INDEX, indices[i]);
        }
    }

    private static int at(int entry) {
        return KvmMsrs.ENTRIES + entry * KvmMsrEntry.SIZE;
    }

    ByteBuffer buffer() {
        return buffer;
    }

    public int size() {
        return size;
    }

    /** The MSR's number. */
    public int index(int entry) {
        return buffer.getInt(at(entry) + KvmMsrEntry.INDEX);
    }

    public long value(int entry) {
        return buffer.getLong(at(entry) + KvmMsrEntry.DATA);
    }

    public void setValue(int entry, long value) {
        buffer.putLong(at(entry) + KvmMsrEntry.DATA, value);
    }
}
