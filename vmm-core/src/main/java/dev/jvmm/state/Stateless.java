package dev.jvmm.state;

/** A part that says: there is nothing to save in me. */
public interface Stateless extends Stateful {
    @Override
    default int stateVersion() {
        return 0;
    }

    @Override
    default void save(StateWriter out) {}

    @Override
    default void restore(StateReader in) {}
}
