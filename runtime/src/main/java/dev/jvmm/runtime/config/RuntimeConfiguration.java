package dev.jvmm.runtime.config;

import dev.jvmm.machine.MachineConfig;
import java.nio.file.Path;

/**
 * What a {@code configuration.toml} asks this runtime for.
 *
 * @param file where it was read
 * @param backend the hypervisor that its {@code [hypervisor.NAME]} table names
 * @param binary the hypervisor's program; without meaning for {@link Backend#JVMM}
 * @param machine the guest; its command line is this runtime's words and {@code kernel_params}, of which the last wins
 */
public record RuntimeConfiguration(Path file, Backend backend, Path binary, MachineConfig machine) {
    /**
     * Reads a file.
     *
     * @throws ConfigurationException when it can not be used; keys that have no effect are no reason
     */
    public static RuntimeConfiguration load(Path file) {
        return ConfigurationReport.of(file).configuration();
    }
}
