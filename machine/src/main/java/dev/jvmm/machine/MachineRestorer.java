package dev.jvmm.machine;

import dev.jvmm.config.ConfigException;
import dev.jvmm.state.StateException;

/** Makes machines again from what a {@link MachineSaver} told. */
public interface MachineRestorer {
    /**
     * Makes a machine that goes on where the saved one stood, once it is started. Several may come of one state.
     *
     * @param console as in {@link MachineFactory#create}, and {@link SerialHost#NONE} if it was so for the saved machine
     * @throws StateException when the state is damaged, or does not fit this host or these serial ports
     * @throws ConfigException when the host does not have what the machine needs
     */
    Machine restore(SavedMachine saved, MachineListener listener, SerialHost console, SerialHost channel);
}
