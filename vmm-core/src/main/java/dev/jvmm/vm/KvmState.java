package dev.jvmm.vm;

import dev.jvmm.kvm.KvmCapability;
import dev.jvmm.kvm.KvmSystem;
import dev.jvmm.kvm.KvmVcpu;
import dev.jvmm.kvm.KvmVm;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.state.StateException;
import dev.jvmm.state.StateRecord;
import java.util.Arrays;
import java.util.List;

/** Saves what KVM holds of a machine, as a record {@code chips} and one for each vCPU, and gives it to a fresh machine. */
final class KvmState {
    private static final String CHIPS = "chips";
    private static final String VCPU = "vcpu";

    private final KvmSystem kvm;
    private final KvmVm vm;
    private final VcpuGroup vcpus;

    KvmState(KvmSystem kvm, KvmVm vm, VcpuGroup vcpus) {
        this.kvm = kvm;
        this.vm = vm;
        this.vcpus = vcpus;
    }

    /** Whether a record is one of those, for a machine of any number of vCPUs. */
    static boolean owns(String name) {
        return name.equals(CHIPS) || name.startsWith(VCPU);
    }

    private VcpuImage emptyImage() {
        return new VcpuImage(vm.xsaveSize(), kvm.check(KvmCapability.XCRS) != 0);
    }

    /** Appends the records; every vCPU is out of the guest and its last exit completed. */
    void save(List<StateRecord> records) {
        int[] msrs = kvm.stateMsrs();
        for (int i = 0; i < vcpus.size(); i++) {
            KvmVcpu vcpu = vcpus.get(i).vcpu();
            VcpuImage image = emptyImage();
            image.capture(vcpu, msrs);
            records.add(StateRecord.of(VCPU + vcpu.id(), image));
        }
        ChipsImage chips = new ChipsImage();
        chips.capture(vm);
        records.add(StateRecord.of(CHIPS, chips));
    }

    /** Reads and checks all records before the first goes to KVM, whose order of calls is not theirs. */
    void restore(List<StateRecord> records) {
        ChipsImage chips = new ChipsImage();
        VcpuImage[] images = new VcpuImage[vcpus.size()];
        int[] msrs = kvm.stateMsrs();
        Arrays.sort(msrs);
        boolean hasChips = false;
        for (int i = 0; i < records.size(); i++) {
            StateRecord record = records.get(i);
            if (record.name().equals(CHIPS)) {
                record.restore(chips);
                hasChips = true;
            } else if (owns(record.name())) {
                read(record, images, msrs);
            }
        }
        checkAllThere(hasChips, images);
        apply(images, chips);
    }

    private static void checkAllThere(boolean hasChips, VcpuImage[] images) {
        for (int i = 0; i < images.length; i++) {
            if (images[i] == null) {
                throw new StateException("the state has nothing of this machine's " + VCPU + i);
            }
        }
        if (!hasChips) {
            throw new StateException("the state has nothing of this machine's " + CHIPS);
        }
    }

    private void read(StateRecord record, VcpuImage[] images, int[] msrs) {
        for (int i = 0; i < images.length; i++) {
            if (record.name().equals(VCPU + i) && images[i] == null) {
                images[i] = emptyImage();
                record.restore(images[i]);
                images[i].checkMsrs(i, msrs);
                return;
            }
        }
        throw new StateException("the state has a part " + record.name() + " that this machine does not");
    }

    private void apply(VcpuImage[] images, ChipsImage chips) {
        try {
            for (int i = 0; i < images.length; i++) {
                images[i].applyFirst(vcpus.get(i).vcpu());
            }
            chips.apply(vm);
            for (int i = 0; i < images.length; i++) {
                images[i].applyLast(vcpus.get(i).vcpu());
            }
        } catch (SystemCallException e) {
            throw new StateException("KVM refuses the state: " + e.getMessage());
        }
    }
}
