package dev.jvmm.machine;

import java.util.Optional;

/** Makes machines on this host's {@code /dev/kvm}. */
public final class KvmMachineFactory implements MachineFactory, MachineRestorer {
    /** Stateless: one is as good as another. */
    public KvmMachineFactory() {}

    @Override
    public Machine create(MachineConfig config, MachineListener listener, SerialHost console, SerialHost channel) {
        return KvmMachine.create(config, listener, console, channel);
    }

    @Override
    public Machine restore(SavedMachine saved, MachineListener listener, SerialHost console, SerialHost channel) {
        return KvmMachine.restore(saved, listener, console, channel);
    }

    @Override
    public Optional<MachineRestorer> restorer() {
        return Optional.of(this);
    }
}
