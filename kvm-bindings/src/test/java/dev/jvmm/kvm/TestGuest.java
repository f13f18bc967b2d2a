package dev.jvmm.kvm;

import dev.jvmm.kvm.SpecialRegisters.Segment;
import dev.jvmm.linux.Mapping;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** A machine with 64 KiB of memory and hand-assembled 16-bit code at 0x1000, where its vCPUs begin. */
final class TestGuest implements AutoCloseable {
    static final int CODE = 0x1000;
    private static final int MEMORY = 0x10000;

    final KvmVm vm;
    final Mapping memory;
    final List<KvmVcpu> vcpus = new ArrayList<>();
    private final KvmSystem system;

    /** @param code hex bytes, blanks and {@code ; comments} to the end of a line allowed */
    TestGuest(int processors, String code) {
        this(processors, code, false);
    }

    private TestGuest(int processors, String code, boolean irqchip) {
        system = KvmSystem.open();
        vm = system.createVm();
        if (irqchip) {
            vm.createIrqchip();
        }
        memory = Mapping.anonymous(MEMORY, 0);
        vm.setMemory(0, false, 0, MEMORY, memory.address());
        memory.view(CODE, MEMORY - CODE).put(assemble(code));
        for (int i = 0; i < processors; i++) {
            KvmVcpu vcpu = vm.createVcpu(i);
            vcpus.add(vcpu);
            start(vcpu);
        }
    }

    /** One processor, with the kernel's interrupt chips: {@code hlt} waits for an interrupt. */
    static TestGuest withIrqchip(String code) {
        return new TestGuest(1, code, true);
    }

    static byte[] assemble(String code) {
        return HexFormat.of().parseHex(code.replaceAll(";[^\n]*", "").replaceAll("\\s", ""));
    }

    private static void start(KvmVcpu vcpu) {
        SpecialRegisters special = new SpecialRegisters();
        vcpu.load(special);
        special.setSegment(Segment.CS, 0, 0, 0xFFFF, 0x9B);
        vcpu.store(special);
        Registers registers = new Registers();
        registers.setRip(CODE);
        registers.setRflags(2);
        vcpu.store(registers);
    }

    /** Puts the first vCPU into 32-bit protected mode with flat segments and an empty interrupt table. */
    void enterProtectedMode() {
        SpecialRegisters special = new SpecialRegisters();
        vcpu().load(special);
        special.setSegment(Segment.CS, 8, 0, 0xFFFF_FFFF, 0xC09B);
        for (Segment data : List.of(Segment.DS, Segment.ES, Segment.SS, Segment.FS, Segment.GS)) {
            special.setSegment(data, 16, 0, 0xFFFF_FFFF, 0xC093);
        }
        special.setIdt(0, 0);
        special.setCr0(special.cr0() | 1);
        vcpu().store(special);
    }

    KvmVcpu vcpu() {
        return vcpus.getFirst();
    }

    @Override
    public void close() {
        vcpus.forEach(KvmVcpu::close);
        vm.close();
        memory.close();
        system.close();
    }
}
