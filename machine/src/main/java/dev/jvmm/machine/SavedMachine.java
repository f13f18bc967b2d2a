package dev.jvmm.machine;

import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.state.StateException;
import dev.jvmm.state.StateRecord;
import java.util.List;

/**
 * A machine at rest, as it comes out of a snapshot.
 *
 * @param records of {@link MachineSaver#save}
 * @param ram a file with the RAM's bytes, region behind region, which nobody changes as long as a machine made of it lives; what the
 *     machine changes, it keeps to itself. {@link MachineRestorer#restore} takes it over and closes it, whatever comes of it
 * @param mergeable whether the host may share equal pages among machines (KSM)
 */
public record SavedMachine(List<StateRecord> records, FileDescriptor ram, boolean mergeable) {
    /** A copy of the list. */
    public SavedMachine {
        records = List.copyOf(records);
    }

    /** What the machine is made of, by its records. */
    MachineShape shape() {
        for (StateRecord record : records) {
            if (record.name().equals(MachineShape.NAME)) {
                return MachineShape.of(record);
            }
        }
        throw new StateException("the state does not say what machine it is of");
    }
}
