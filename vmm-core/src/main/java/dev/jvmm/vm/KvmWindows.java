package dev.jvmm.vm;

import dev.jvmm.bus.BusDevice;
import dev.jvmm.kvm.CpuidTable;
import dev.jvmm.kvm.KvmSystem;
import dev.jvmm.memory.MemoryWindow;
import dev.jvmm.memory.MemoryWindow.Verdict;
import dev.jvmm.memory.WindowSpace;
import dev.jvmm.state.Stateless;
import dev.jvmm.vm.Outcome.Kind;
import java.nio.ByteBuffer;

/** Memory windows in a machine on KVM: each is a memory slot, and on the bus for accesses that KVM can not make there. */
final class KvmWindows implements WindowSpace {
    private static final int LEAF_SIZES = 0x8000_0008;

    /** Of a processor that does not say. */
    private static final int LEAST_BITS = 36;

    private final VirtualMachine vm;
    private final KvmSystem kvm;
    private long end;

    KvmWindows(VirtualMachine vm, KvmSystem kvm) {
        this.vm = vm;
        this.kvm = kvm;
    }

    /** What the processors' physical addresses have room for. Asked for only where there are windows: it costs a call. */
    @Override
    public long end() {
        if (end == 0) {
            int bits = LEAST_BITS;
            CpuidTable host = kvm.supportedCpuid();
            for (int i = 0; i < host.size(); i++) {
                if (host.function(i) == LEAF_SIZES) {
                    bits = Math.clamp(host.value(i, CpuidTable.Register.EAX) & 0xFF, LEAST_BITS, 52);
                }
            }
            end = 1L << bits;
        }
        return end;
    }

    @Override
    public void put(MemoryWindow window) {
        vm.mmio().add(window.address(), window.size(), new Missing(window));
        try {
            vm.kvm().setMemory(window.slot(), window.readOnly(), window.address(), window.size(),
                    window.mapping().address());
        } catch (RuntimeException e) {
            vm.mmio().remove(window.address());
            throw e;
        }
    }

    @Override
    public void take(MemoryWindow window) {
        vm.kvm().setMemory(window.slot(), false, window.address(), 0, window.mapping().address());
        vm.mmio().remove(window.address());
    }

    /**
     * KVM_RUN has failed for want of a page, and does not say which.
     *
     * @return whether something was mended: the vCPU tries again, and comes back if that was not it
     */
    boolean mend() {
        boolean mended = false;
        for (MemoryWindow window : vm.memory().windows().placed()) {
            switch (window.missing(MemoryWindow.SOMEWHERE)) {
                case WHOLE -> {
                    // another one, then
                }
                case MENDED -> mended = true;
                case LOST -> end(window);
            }
        }
        return mended;
    }

    private void end(MemoryWindow window) {
        vm.end(new Outcome(Kind.FAILED, "the host can not supply " + window.name()
                + " any more: was the file cut short, or is its disk full?"));
    }

    /**
     * Accesses that KVM takes for a device's: writes to what is read-only, which are ignored; and on a host whose KVM emulates, those to
     * pages that are missing. A page that was mended is made use of here, since KVM does not come back for it.
     *
     * <p>Nothing is saved: there is nothing in it.
     */
    private final class Missing implements BusDevice, Stateless {
        private final MemoryWindow window;

        Missing(MemoryWindow window) {
            this.window = window;
        }

        @Override
        public long read(long offset, int size) {
            if (window.missing(offset) != Verdict.MENDED) {
                end(window);
                return -1;
            }
            ByteBuffer bytes = window.mapping().view(offset, size);
            return switch (size) {
                case Byte.BYTES -> bytes.get(0);
                case Short.BYTES -> bytes.getShort(0);
                case Integer.BYTES -> bytes.getInt(0);
                default -> bytes.getLong(0);
            };
        }

        @Override
        public void write(long offset, int size, long value) {
            if (window.readOnly()) {
                return;
            }
            if (window.missing(offset) != Verdict.MENDED) {
                end(window);
                return;
            }
            ByteBuffer bytes = window.mapping().view(offset, size);
            switch (size) {
                case Byte.BYTES -> bytes.put(0, (byte) value);
                case Short.BYTES -> bytes.putShort(0, (short) value);
                case Integer.BYTES -> bytes.putInt(0, (int) value);
                default -> bytes.putLong(0, value);
            }
        }
    }
}
