package dev.jvmm.benchmarks;

import dev.jvmm.bus.AddressBus;
import dev.jvmm.bus.BusDevice;
import dev.jvmm.kvm.KvmSystem;
import dev.jvmm.kvm.KvmVcpu;
import dev.jvmm.kvm.KvmVm;
import dev.jvmm.kvm.Registers;
import dev.jvmm.kvm.SpecialRegisters;
import dev.jvmm.kvm.SpecialRegisters.Segment;
import dev.jvmm.kvm.VcpuExit;
import dev.jvmm.linux.Mapping;
import dev.jvmm.vcpu.VcpuSupervisor;
import dev.jvmm.vcpu.VcpuThread;

/**
 * A guest that does nothing but write to port 0x80, its exits handled by the real exit loop's code and a real bus. The guest of
 * {@code exit-twin.c}, byte for byte.
 */
final class OutputGuest implements VcpuSupervisor, AutoCloseable {
    private static final int CODE = 0x1000;
    private static final int MEMORY = 0x20_0000;

    /** mov dx, 0x80; out dx, al; jmp out */
    private static final byte[] PROGRAM = { (byte) 0xBA, (byte) 0x80, 0, (byte) 0xEE, (byte) 0xEB, (byte) 0xFD };

    /** Starts and lengths of the twin's bus. */
    private static final int[][] RANGES = { { 0x70, 2 }, { 0x80, 1 }, { 0x2F8, 8 }, { 0x3F8, 8 } };

    private final KvmSystem kvm = KvmSystem.open();
    private final KvmVm vm = kvm.createVm();
    private final Mapping memory = Mapping.anonymous(MEMORY, 0);
    private final KvmVcpu vcpu;
    private final VcpuThread handler;

    OutputGuest() {
        memory.view(CODE, PROGRAM.length).put(PROGRAM);
        vm.setMemory(0, false, 0, MEMORY, memory.address());
        vm.createIrqchip();
        vcpu = vm.createVcpu(0);
        SpecialRegisters special = new SpecialRegisters();
        vcpu.load(special);
        special.setSegment(Segment.CS, 0, 0, 0xFFFF, 0x9B);
        vcpu.store(special);
        Registers registers = new Registers();
        registers.setRip(CODE);
        registers.setRflags(2);
        vcpu.store(registers);
        AddressBus ports = new AddressBus("port");
        for (int[] range : RANGES) {
            ports.add(range[0], range[1], new Counter());
        }
        handler = new VcpuThread(vcpu, ports, new AddressBus("MMIO"), this);
    }

    /** A device that adds up, as the twin's does. */
    static final class Counter implements BusDevice {
        long sum;

        @Override
        public long read(long offset, int size) {
            return sum;
        }

        @Override
        public void write(long offset, int size, long value) {
            sum += value + offset + size;
        }
    }

    /** Binds the calling thread. */
    void attach() {
        vcpu.attach();
    }

    /** Runs the guest to so many exits and handles each. */
    void handle(int exits) {
        for (int i = 0; i < exits; i++) {
            vcpu.run().accept(handler);
        }
    }

    void detach() {
        vcpu.detach();
    }

    @Override
    public void close() {
        vcpu.close();
        vm.close();
        memory.close();
        kvm.close();
    }

    @Override
    public void systemEvent(int type) {
        throw new IllegalStateException("system event " + type);
    }

    @Override
    public void tripleFault() {
        throw new IllegalStateException("triple fault");
    }

    @Override
    public boolean finishInstruction(KvmVcpu failed, VcpuExit.EmulationFailed exit) {
        throw new IllegalStateException("emulation failed");
    }

    @Override
    public boolean supplyMemory(KvmVcpu vcpu) {
        return false;
    }

    @Override
    public void failed(KvmVcpu failed, String message) {
        throw new IllegalStateException(message);
    }
}
