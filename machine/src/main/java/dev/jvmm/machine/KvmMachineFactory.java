package dev.jvmm.machine;

/** Makes machines on this host's {@code /dev/kvm}. */
public final class KvmMachineFactory implements MachineFactory {
    /** Stateless: one is as good as another. */
    public KvmMachineFactory() {}

    @Override
    public Machine create(MachineConfig config, MachineListener listener, SerialHost console, SerialHost channel) {
        return KvmMachine.create(config, listener, console, channel);
    }
}
