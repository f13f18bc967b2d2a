package dev.jvmm.machine;

import dev.jvmm.vm.Outcome;
import dev.jvmm.vm.VirtualMachine;

/** A machine on KVM: the VM, its legacy devices and a loaded kernel. */
final class KvmMachine implements Machine {
    private final VirtualMachine vm;
    private final MachineListener listener;

    private KvmMachine(VirtualMachine vm, MachineListener listener) {
        this.vm = vm;
        this.listener = listener;
    }

    static KvmMachine create(
            MachineConfig config, MachineListener listener, SerialHost console, SerialHost channel) {
        HostFit.check(config);
        VirtualMachine vm = VmAssembly.create(config);
        try {
            listener.vmCreated();
            LegacyDevices.connect(vm, console, channel);
            CpuStart.apply(vm.vcpu(0), KernelSetup.load(config, vm.memory(), listener));
            listener.kernelLoaded();
            return new KvmMachine(vm, listener);
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
    public void close() {
        stop();
        vm.close();
    }
}
