package dev.jvmm.state;

/**
 * A part of a machine whose state goes into a snapshot. Every device implements it from its first day.
 *
 * <p>Both methods are called with all vCPUs paused and nothing of the host's at work on the part, from one thread. A part is restored
 * once, freshly made from the same configuration, before its machine starts.
 */
public interface Stateful {
    /**
     * The version of the record that {@link #save} writes, from 1; 0 for a part that has nothing to save. It grows when the record
     * changes; {@link #restore} goes on reading the older ones.
     */
    int stateVersion();

    /** Writes the record. */
    void save(StateWriter out);

    /**
     * Takes the state of a record of {@link StateReader#version()}, which is at most {@link #stateVersion()}. The record may come from a
     * damaged or forged file: every value is checked before it is used.
     *
     * @throws StateException when a value is out of its range or the record too short
     */
    void restore(StateReader in);
}
