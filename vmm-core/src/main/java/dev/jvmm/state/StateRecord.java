package dev.jvmm.state;

import java.util.Arrays;

/**
 * The state of one part.
 *
 * @param name the part's name in its machine, such as {@code com1} or {@code vcpu0}
 * @param version of the part's format, from 0
 * @param bytes the part's own; not copied
 */
public record StateRecord(String name, int version, byte[] bytes) {
    /** Saves a part. */
    public static StateRecord of(String name, Stateful part) {
        StateWriter out = new StateWriter();
        part.save(out);
        return new StateRecord(name, part.stateVersion(), out.bytes());
    }

    /**
     * Restores a part from this record.
     *
     * @throws StateException by the record's name, when it is not one that the part could have saved
     */
    public void restore(Stateful part) {
        if (version > part.stateVersion()) {
            throw new StateException("the state of " + name + " has version " + version + ", and this jvmm reads up to "
                    + part.stateVersion());
        }
        StateReader in = new StateReader(name, version, bytes);
        part.restore(in);
        in.end();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StateRecord that && name.equals(that.name) && version == that.version
                && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + Arrays.hashCode(bytes);
    }
}
