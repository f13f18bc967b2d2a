package dev.jvmm.machine;

import dev.jvmm.assist.EmulatedHost;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.state.StateRecord;
import dev.jvmm.vm.Outcome;
import dev.jvmm.vm.VirtualMachine;
import java.util.List;
import java.util.Optional;

/** A machine on KVM: the VM, its legacy and virtio devices, and a loaded kernel. */
final class KvmMachine implements Machine, MachineSaver, VirtualMachine.EndListener {
    private final VirtualMachine vm;
    private final LegacyDevices devices;
    private final SlotBank slots;
    private final NvdimmBank nvdimms;
    private final MachineListener listener;

    /** Of a restored machine, where KVM may keep to itself that memory is missing. */
    private Optional<MemoryWatch> memoryWatch = Optional.empty();

    private KvmMachine(
            VirtualMachine vm, LegacyDevices devices, SlotBank slots, int nvdimmPlaces, MachineListener listener) {
        this.vm = vm;
        this.devices = devices;
        this.slots = slots;
        this.nvdimms = new NvdimmBank(vm, nvdimmPlaces, devices.events(), slots.loop);
        this.listener = listener;
        vm.onEnd(this);
    }

    static KvmMachine create(
            MachineConfig config, MachineListener listener, SerialHost console, SerialHost channel) {
        HostFit.check(config);
        VirtualMachine vm = VmAssembly.create(config);
        KvmMachine machine = null;
        try {
            listener.vmCreated();
            LegacyDevices devices = LegacyDevices.connect(vm, console, channel, config.slots());
            machine = new KvmMachine(vm, devices, new SlotBank(vm, devices.slots()), config.nvdimmPlaces(),
                    listener);
            machine.slots.fillAll(config.devices());
            machine.nvdimms.fillAll(config.nvdimms());
            CpuStart.apply(vm.vcpu(0),
                    KernelSetup.load(config, vm.memory(), machine.nvdimms.described(), listener));
            listener.kernelLoaded();
            return machine;
        } catch (RuntimeException e) {
            closeAll(machine, vm);
            throw e;
        }
    }

    static KvmMachine restore(SavedMachine saved, MachineListener listener, SerialHost console, SerialHost channel) {
        VirtualMachine vm = VmAssembly.create(saved);
        KvmMachine machine = null;
        try {
            listener.vmCreated();
            SlotList.Content places = SlotList.of(saved.records());
            LegacyDevices devices = LegacyDevices.connect(vm, console, channel, places.count());
            machine = new KvmMachine(vm, devices, new SlotBank(vm, devices.slots()), 0, listener);
            machine.slots.fillAgain(places.attached());
            vm.restore(saved.records());
            machine.devices.flush();
            machine.slots.resume();
            machine.watch(saved);
            listener.restored();
            return machine;
        } catch (RuntimeException e) {
            closeAll(machine, vm);
            throw e;
        }
    }

    private void watch(SavedMachine saved) {
        if (!EmulatedHost.isThisOne()) {
            memoryWatch = Optional.of(new MemoryWatch(vm, saved.ram(), slots.loop));
        }
    }

    private static void closeAll(KvmMachine machine, VirtualMachine vm) {
        if (machine == null) {
            vm.close();
        } else {
            machine.close();
        }
    }

    @Override
    public void start() {
        listener.firstRun();
        vm.start();
        if (memoryWatch.isPresent()) {
            memoryWatch.get().begin();
        }
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
        slots.pause();
        // Or a copy of this machine would hand it over as well.
        devices.flush();
        return !vm.hasEnded();
    }

    @Override
    public void resume() {
        slots.resume();
        vm.resume();
    }

    @Override
    public List<StateRecord> save() {
        return vm.save();
    }

    @Override
    public boolean isIdle() {
        for (int i = 0; i < vm.processors(); i++) {
            if (vm.vcpu(i).isRunnable()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public GuestMemory memory() {
        return vm.memory();
    }

    @Override
    public Optional<DeviceSlots> slots() {
        return Optional.of(slots);
    }

    @Override
    public Optional<NvdimmPlaces> nvdimms() {
        return nvdimms.count() > 0 ? Optional.of(nvdimms) : Optional.empty();
    }

    @Override
    public void machineEnded() {
        devices.release();
        slots.release();
    }

    @Override
    public void close() {
        stop();
        vm.awaitVcpus();
        slots.close();
        nvdimms.close();
        if (memoryWatch.isPresent()) {
            memoryWatch.get().close();
        }
        vm.close();
    }
}
