package dev.jvmm.vm;

import dev.jvmm.kvm.KvmVm;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.state.Stateful;
import java.nio.ByteBuffer;

/** What KVM holds of a machine besides its vCPUs: both PICs, the I/O APIC, the timer and kvmclock. KVM judges the values. */
final class ChipsImage implements Stateful {
    private static final int VERSION = 1;
    private static final int[] CHIPS = { KvmVm.CHIP_PIC_MASTER, KvmVm.CHIP_PIC_SLAVE, KvmVm.CHIP_IOAPIC };

    private final ByteBuffer[] chips = new ByteBuffer[CHIPS.length];
    private ByteBuffer pit;
    private long clockNanos;

    ChipsImage() {
        for (int i = 0; i < CHIPS.length; i++) {
            chips[i] = NativeBuffers.allocate(KvmVm.IRQCHIP_SIZE);
        }
        pit = NativeBuffers.allocate(KvmVm.PIT_SIZE);
    }

    /** All vCPUs are out of the guest. */
    void capture(KvmVm vm) {
        for (int i = 0; i < CHIPS.length; i++) {
            chips[i] = vm.irqchip(CHIPS[i]);
        }
        pit = vm.pit();
        clockNanos = vm.clock();
    }

    /** Gives it to a fresh machine. The chips hold the levels of their lines, so no device has to raise its own again. */
    void apply(KvmVm vm) {
        for (int i = 0; i < CHIPS.length; i++) {
            vm.setIrqchip(CHIPS[i], chips[i]);
        }
        vm.setPit(pit);
        vm.setClock(clockNanos);
    }

    @Override
    public int stateVersion() {
        return VERSION;
    }

    @Override
    public void save(StateWriter out) {
        for (ByteBuffer chip : chips) {
            out.bytes(chip.clear());
        }
        out.bytes(pit.clear()).int64(clockNanos);
    }

    @Override
    public void restore(StateReader in) {
        for (ByteBuffer chip : chips) {
            in.bytes(chip.clear());
        }
        in.bytes(pit.clear());
        clockNanos = in.int64(0, Long.MAX_VALUE);
    }
}
