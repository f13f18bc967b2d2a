package dev.jvmm.vm;

import dev.jvmm.irq.InterruptLine;
import dev.jvmm.kvm.KvmVm;

/** A level-triggered line of the interrupt chips in the kernel. */
public final class KvmInterruptLine implements InterruptLine {
    private final KvmVm vm;
    private final int gsi;

    /** @param gsi the global system interrupt, 0 to 23 on the one I/O APIC */
    public KvmInterruptLine(KvmVm vm, int gsi) {
        this.vm = vm;
        this.gsi = gsi;
    }

    @Override
    public void set(boolean level) {
        vm.irqLine(gsi, level);
    }
}
