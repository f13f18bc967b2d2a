package dev.jvmm.machine;

import dev.jvmm.config.ConfigException;
import java.util.Optional;

/** Makes machines; what the command line and tests depend on instead of KVM. */
public interface MachineFactory {
    /**
     * Builds a machine, with the kernel in place, ready to start.
     *
     * @param listener hears how it comes up
     * @param console the host's end of the first serial port (COM1); {@link SerialHost#NONE} drops its output
     * @param channel the host's end of the second one (COM2), or {@link SerialHost#NONE} for no second port
     * @throws ConfigException when the files or the host do not fit the configuration
     */
    Machine create(MachineConfig config, MachineListener listener, SerialHost console, SerialHost channel);

    /** What makes machines of saved ones; empty where that can not be. */
    default Optional<MachineRestorer> restorer() {
        return Optional.empty();
    }
}
