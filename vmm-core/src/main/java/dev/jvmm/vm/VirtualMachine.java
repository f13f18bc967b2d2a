package dev.jvmm.vm;

import dev.jvmm.bus.AddressBus;
import dev.jvmm.kvm.CpuidTable;
import dev.jvmm.kvm.KvmCapability;
import dev.jvmm.kvm.KvmSystem;
import dev.jvmm.kvm.KvmVcpu;
import dev.jvmm.kvm.KvmVm;
import dev.jvmm.kvm.VcpuExit;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryRegion;
import dev.jvmm.state.StateException;
import dev.jvmm.state.StateRecord;
import dev.jvmm.state.StateRegistry;
import dev.jvmm.vcpu.CpuidPolicy;
import dev.jvmm.vcpu.VcpuSupervisor;
import dev.jvmm.vcpu.VcpuThread;
import dev.jvmm.vm.Outcome.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * A machine of the PC kind: RAM, processors, the kernel's interrupt chips and timer, and two buses for devices.
 *
 * <p>Life: create, add devices to {@link #ports} and {@link #mmio}, set the first vCPU's state, {@link #start}, {@link #await}
 * its end, {@link #close}. Control methods may be called from any thread; {@link #end} also from a vCPU's own.
 */
public final class VirtualMachine implements VcpuSupervisor, AutoCloseable {
    /** {@code KVM_SYSTEM_EVENT_*} of linux/kvm.h. */
    private static final int SYSTEM_EVENT_SHUTDOWN = 1;

    private static final int SYSTEM_EVENT_RESET = 2;

    private final KvmSystem kvm;
    private final KvmVm vm;
    private final GuestMemory memory;
    private final InstructionFinisher finisher;
    private final AddressBus ports = new AddressBus("ports");
    private final AddressBus mmio = new AddressBus("mmio");
    private final VcpuGroup vcpus = new VcpuGroup();
    private final KvmWindows windows;

    private final StateRegistry parts = new StateRegistry();

    /** Held by whoever pauses, resumes, saves or restores; a machine's end does not wait for it. */
    private final Object control = new Object();

    private EndListener endListener = EndListener.NONE;
    private boolean started;

    /** Whether all vCPUs rest and go on resting; guarded by {@link #control}. */
    private boolean paused;
    private boolean closed;
    private Outcome end;

    /** Hears of the machine's end. */
    public interface EndListener {
        /** Hears nothing. */
        EndListener NONE = new EndListener() {
            @Override
            public void machineEnded() {}
        };

        /**
         * The machine has ended and its vCPUs are told to leave; called once, on the thread that ended it, which may be a vCPU's.
         * Whatever a vCPU may be waiting for has to let it go now.
         */
        void machineEnded();
    }

    private VirtualMachine(KvmSystem kvm, KvmVm vm, GuestMemory memory, InstructionFinisher finisher) {
        this.kvm = kvm;
        this.vm = vm;
        this.memory = memory;
        this.finisher = finisher;
        this.windows = new KvmWindows(this, kvm);
    }

    /**
     * Creates the machine in the kernel.
     *
     * @param kvm the open {@code /dev/kvm}; the machine closes it
     * @param memory the guest's RAM; the machine closes it
     * @param processors vCPUs, from 1
     * @param finisher for instructions that KVM's emulator gives up on
     * @throws SystemCallException when KVM refuses a part, by the name of the call; everything is closed then
     */
    public static VirtualMachine create(
            KvmSystem kvm, GuestMemory memory, int processors, InstructionFinisher finisher) {
        KvmVm vm = null;
        VirtualMachine machine = null;
        try {
            vm = kvm.createVm();
            machine = new VirtualMachine(kvm, vm, memory, finisher);
            machine.assemble(processors);
            return machine;
        } catch (RuntimeException e) {
            closeAll(machine, vm, memory, kvm);
            throw e;
        }
    }

    private static void closeAll(VirtualMachine machine, KvmVm vm, GuestMemory memory, KvmSystem kvm) {
        if (machine != null) {
            machine.close();
            return;
        }
        if (vm != null) {
            vm.close();
        }
        memory.close();
        kvm.close();
    }

    private void assemble(int processors) {
        vm.setIdentityMapAddress(AddressMap.KVM_IDENTITY_MAP);
        vm.setTssAddress(AddressMap.KVM_TSS);
        LostMemory lost = new LostMemory(this);
        for (MemoryRegion region : memory.regions()) {
            mmio.add(region.start(), region.size(), lost);
            vm.setMemory(region.slot(), false, region.start(), region.size(), region.mapping().address());
        }
        memory.windows().space(windows);
        vm.createIrqchip();
        vm.createPit();
        boolean deadlineTimer = kvm.check(KvmCapability.TSC_DEADLINE_TIMER) != 0;
        CpuidTable host = kvm.supportedCpuid();
        CpuidPolicy cpuid = new CpuidPolicy(host, processors, deadlineTimer);
        for (int id = 0; id < processors; id++) {
            KvmVcpu vcpu = vm.createVcpu(id);
            vcpus.add(new VcpuThread(vcpu, ports, mmio, this));
            vcpu.setCpuid(cpuid.forVcpu(id));
        }
    }

    /** The machine in KVM, for interrupt lines, irqfds and ioeventfds. */
    public KvmVm kvm() {
        return vm;
    }

    public GuestMemory memory() {
        return memory;
    }

    /** The I/O ports, 0 to 0xFFFF. */
    public AddressBus ports() {
        return ports;
    }

    /** Guest-physical addresses that are not RAM. */
    public AddressBus mmio() {
        return mmio;
    }

    /** How many vCPUs there are. */
    public int processors() {
        return vcpus.size();
    }

    /** A vCPU by its number. */
    public KvmVcpu vcpu(int id) {
        return vcpus.get(id).vcpu();
    }

    /** Names who hears of the end; before {@link #start}. */
    public void onEnd(EndListener listener) {
        endListener = listener;
    }

    /** Lets all vCPUs run; those beyond the first wait for the guest to start them. After {@link #pause} they wait for {@link #resume}. */
    public synchronized void start() {
        if (started) {
            throw new IllegalStateException("the machine was started before");
        }
        started = true;
        vcpus.start();
    }

    /**
     * Stops all vCPUs where they are and returns when the last has left the guest, its last access completed; at once when the
     * machine has ended or ends meanwhile. Before {@link #start} it makes the start a paused one.
     *
     * @throws InterruptedException when the thread is; some vCPUs may be paused then, and {@link #resume} lets them go on
     */
    public void pause() throws InterruptedException {
        synchronized (control) {
            vcpus.pause();
            paused = true;
        }
    }

    /** Lets paused vCPUs run on; waits while another thread is pausing, saving or restoring the machine. */
    public void resume() {
        synchronized (control) {
            paused = false;
            vcpus.resume();
        }
    }

    /** The machine's devices whose state is saved, by names that the records get; {@code chips} and {@code vcpu...} are taken. */
    public StateRegistry parts() {
        return parts;
    }

    /**
     * Saves everything but RAM: what KVM holds, then the {@link #parts} in their order. Records share nothing with the machine,
     * which may run on afterwards.
     *
     * @throws IllegalStateException unless the machine is paused, was not started, or has ended with all vCPUs out
     * @throws SystemCallException when KVM does not tell
     */
    public List<StateRecord> save() {
        synchronized (control) {
            if (!rests()) {
                throw new IllegalStateException("the machine runs: pause it before it is saved");
            }
            vcpus.completeLastExits();
            List<StateRecord> records = new ArrayList<>();
            new KvmState(kvm, vm, vcpus).save(records);
            records.addAll(parts.save());
            return records;
        }
    }

    private synchronized boolean rests() {
        return !closed && (paused || !started || end != null && vcpus.ended());
    }

    /**
     * Gives this machine the state of one of the same configuration, after its RAM has that one's bytes and its {@link #parts}
     * are registered, and before {@link #start}. KVM's part comes first, so that a device may raise its interrupt while it is restored.
     *
     * @throws StateException when the records are not such a machine's or do not fit this host; close the machine then
     * @throws IllegalStateException when the machine was started
     */
    public void restore(List<StateRecord> records) {
        synchronized (control) {
            synchronized (this) {
                if (started || closed) {
                    throw new IllegalStateException("only a machine that was not started can be restored");
                }
            }
            new KvmState(kvm, vm, vcpus).restore(records);
            List<StateRecord> devices = new ArrayList<>(records.size());
            for (StateRecord record : records) {
                if (!KvmState.owns(record.name())) {
                    devices.add(record);
                }
            }
            parts.restore(devices);
        }
    }

    /** Ends the machine, whatever the guest is doing. The first end counts. */
    public void stop() {
        end(Outcome.of(Kind.STOPPED));
    }

    /** Records how the machine ended, unless it had, and stops the vCPUs; does not wait for them. */
    public void end(Outcome how) {
        synchronized (this) {
            if (end != null) {
                return;
            }
            end = how;
            notifyAll();
        }
        vcpus.stop();
        endListener.machineEnded();
    }

    /** Whether the machine has ended. */
    public synchronized boolean hasEnded() {
        return end != null;
    }

    /** Waits for the machine's end. */
    public synchronized Outcome await() throws InterruptedException {
        while (end == null) {
            wait();
        }
        return end;
    }

    @Override
    public void systemEvent(int type) {
        end(Outcome.of(
                switch (type) {
                    case SYSTEM_EVENT_SHUTDOWN -> Kind.POWER_OFF;
                    case SYSTEM_EVENT_RESET -> Kind.RESET;
                    default -> Kind.PANIC;
                }));
    }

    @Override
    public void tripleFault() {
        end(Outcome.of(Kind.TRIPLE_FAULT));
    }

    @Override
    public boolean finishInstruction(KvmVcpu vcpu, VcpuExit.EmulationFailed exit) {
        String failure = finisher.finish(vcpu, exit);
        if (!failure.isEmpty()) {
            failed(vcpu, failure);
        }
        return failure.isEmpty();
    }

    @Override
    public boolean supplyMemory(KvmVcpu vcpu) {
        return windows.mend();
    }

    @Override
    public void failed(KvmVcpu vcpu, String message) {
        end(new Outcome(Kind.FAILED, message));
    }

    /**
     * Stops the machine and frees what it holds: vCPUs, RAM, descriptors. Not from a vCPU's thread.
     *
     * @throws IllegalStateException when a vCPU does not leave the guest within 10 s; nothing is freed then
     */
    @Override
    public void close() {
        stop();
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        awaitVcpus();
        vcpus.close();
        vm.close();
        memory.close();
        kvm.close();
    }

    /**
     * Waits until no vCPU is in the guest or with a device any more; the machine must have ended. Not from a vCPU's thread.
     *
     * @throws IllegalStateException when one does not come back within 10 s
     */
    public void awaitVcpus() {
        vcpus.awaitEnd();
    }
}
