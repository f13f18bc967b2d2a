package dev.jvmm.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The parts of a machine by name, in the order in which they are restored. Parts are added while the machine is made; later changes, and
 * saving, are for one thread at a time.
 */
public final class StateRegistry {
    private final List<String> names = new ArrayList<>();
    private final List<Stateful> parts = new ArrayList<>();

    /** For one machine. */
    public StateRegistry() {}

    /**
     * Adds a part.
     *
     * @param name unlike all others of the machine, the same in every machine of this configuration
     */
    public synchronized void add(String name, Stateful part) {
        if (names.contains(name)) {
            throw new IllegalArgumentException("two parts of the machine are called " + name);
        }
        names.add(name);
        parts.add(part);
    }

    /** Takes a part out, for devices that are unplugged. */
    public synchronized void remove(String name) {
        int index = names.indexOf(name);
        if (index >= 0) {
            names.remove(index);
            parts.remove(index);
        }
    }

    /** The part of that name. */
    public synchronized Optional<Stateful> find(String name) {
        int index = names.indexOf(name);
        return index < 0 ? Optional.empty() : Optional.of(parts.get(index));
    }

    /** One record for each part. */
    public synchronized List<StateRecord> save() {
        List<StateRecord> records = new ArrayList<>(parts.size());
        for (int i = 0; i < parts.size(); i++) {
            records.add(StateRecord.of(names.get(i), parts.get(i)));
        }
        return records;
    }

    /**
     * Restores every part from its record.
     *
     * @throws StateException when a part has no record or a record no part, or a record is not the part's
     */
    public synchronized void restore(List<StateRecord> records) {
        for (StateRecord record : records) {
            if (!names.contains(record.name())) {
                throw new StateException("the state has a part " + record.name() + " that this machine does not");
            }
        }
        for (int i = 0; i < parts.size(); i++) {
            recordOf(names.get(i), records).restore(parts.get(i));
        }
    }

    private static StateRecord recordOf(String name, List<StateRecord> records) {
        for (StateRecord record : records) {
            if (record.name().equals(name)) {
                return record;
            }
        }
        throw new StateException("the state has nothing of this machine's " + name);
    }
}
