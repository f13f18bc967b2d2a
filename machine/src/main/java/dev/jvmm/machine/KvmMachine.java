package dev.jvmm.machine;

import dev.jvmm.memory.GuestMemory;
import dev.jvmm.state.StateRecord;
import dev.jvmm.vm.Outcome;
import dev.jvmm.vm.VirtualMachine;
import java.util.List;
import java.util.Optional;

/** A machine on KVM: the VM, its legacy devices and a loaded kernel. */
final class KvmMachine implements Machine, MachineSaver {
    private final VirtualMachine vm;
    private final LegacyDevices devices;
    private final MachineListener listener;

    private KvmMachine(VirtualMachine vm, LegacyDevices devices, MachineListener listener) {
        this.vm = vm;
        this.devices = devices;
        this.listener = listener;
    }

    static KvmMachine create(
            MachineConfig config, MachineListener listener, SerialHost console, SerialHost channel) {
        HostFit.check(config);
        VirtualMachine vm = VmAssembly.create(config);
        try {
            listener.vmCreated();
            LegacyDevices devices = LegacyDevices.connect(vm, console, channel);
            CpuStart.apply(vm.vcpu(0), KernelSetup.load(config, vm.memory(), listener));
            listener.kernelLoaded();
            return new KvmMachine(vm, devices, listener);
        } catch (RuntimeException e) {
            vm.close();
            throw e;
        }
    }

    static KvmMachine restore(SavedMachine saved, MachineListener listener, SerialHost console, SerialHost channel) {
        VirtualMachine vm = VmAssembly.create(saved);
        try {
            listener.vmCreated();
            LegacyDevices devices = LegacyDevices.connect(vm, console, channel);
            vm.restore(saved.records());
            devices.flush();
            listener.restored();
            return new KvmMachine(vm, devices, listener);
        } catch (RuntimeException e) {
            vm.close();
            throw e;
        }
    }

    @Override
    public void start() {
        listener.firstRun();
        vm.start();
    }

    @Override
    public Outcome await() throws InterruptedException {
        Outcome outcome = vm.await();
        vm.awaitVcpus();
        return outcome;
    }

    @Override
    public void stop() {
        vm.stop();
    }

    @Override
    public int[] vcpuThreadIds() {
        int[] ids = new int[vm.processors()];
        for (int vcpu = 0; vcpu < ids.length; vcpu++) {
            ids[vcpu] = vm.vcpu(vcpu).threadId();
        }
        return ids;
    }

    @Override
    public Optional<MachineSaver> saver() {
        return Optional.of(this);
    }

    @Override
    public boolean pause() throws InterruptedException {
        vm.pause();
        // Or a copy of this machine would hand it over as well.
        devices.flush();
        return !vm.hasEnded();
    }

    @Override
    public void resume() {
        vm.resume();
    }

    @Override
    public List<StateRecord> save() {
        return vm.save();
    }

    @Override
    public GuestMemory memory() {
        return vm.memory();
    }

    @Override
    public void close() {
        stop();
        vm.close();
    }
}
