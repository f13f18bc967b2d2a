package dev.jvmm.machine;

import dev.jvmm.memory.AddressMap;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateRecord;
import dev.jvmm.state.StateWriter;
import dev.jvmm.state.Stateful;

/**
 * The part of a machine's state that must be known before there is a machine to restore.
 */
final class MachineShape implements Stateful {
    static final String NAME = "machine";

    private int cpus;
    private long memory;

    private MachineShape() {}

    /** @param cpus virtual CPUs; @param memory RAM in bytes */
    MachineShape(int cpus, long memory) {
        this.cpus = cpus;
        this.memory = memory;
    }

    static MachineShape of(StateRecord record) {
        MachineShape shape = new MachineShape();
        record.restore(shape);
        return shape;
    }

    int cpus() {
        return cpus;
    }

    long memory() {
        return memory;
    }

    @Override
    public int stateVersion() {
        return 1;
    }

    @Override
    public void save(StateWriter out) {
        out.int32(cpus).int64(memory);
    }

    @Override
    public void restore(StateReader in) {
        int savedCpus = in.int32(1, MachineConfig.MAX_CPUS);
        long savedMemory = in.int64(AddressMap.MIN_RAM, AddressMap.MAX_RAM);
        if (cpus != 0 && (savedCpus != cpus || savedMemory != memory)) {
            throw in.bad("is of another machine");
        }
        if (savedMemory % AddressMap.PAGE_SIZE != 0) {
            throw in.bad("has RAM of " + savedMemory + " bytes, which is not a number of pages");
        }
        cpus = savedCpus;
        memory = savedMemory;
    }
}
