package dev.jvmm.vcpu;

import dev.jvmm.kvm.CpuidTable;
import dev.jvmm.kvm.CpuidTable.Register;

/**
 * What the guest's processors say of themselves: the host's leaves with the guest's own APIC id and topology.
 *
 * <p>One socket, one thread a core, as many cores as vCPUs. The APIC id is the vCPU's number.
 */
public final class CpuidPolicy {
    private static final int LEAF_FEATURES = 1;
    private static final int LEAF_CACHE = 4;
    private static final int LEAF_TOPOLOGY = 0xB;
    private static final int LEAF_TOPOLOGY_V2 = 0x1F;
    private static final int LEAF_AMD_SIZES = 0x8000_0008;
    private static final int ECX_X2APIC = 1 << 21;
    private static final int ECX_TSC_DEADLINE = 1 << 24;
    private static final int ECX_HYPERVISOR = 1 << 31;
    private static final int EDX_HTT = 1 << 28;
    private static final int EBX_ID_SHIFT = 24;
    private static final int EBX_COUNT_SHIFT = 16;
    private static final int LEVEL_THREAD = 1;
    private static final int LEVEL_CORE = 2;

    private final CpuidTable table;
    private final int processors;

    /**
     * @param table what the host supports; changed in place by {@link #forVcpu}
     * @param processors how many vCPUs the machine has or may get
     * @param deadlineTimer whether the local APICs are the kernel's and have a TSC-deadline timer
     */
    public CpuidPolicy(CpuidTable table, int processors, boolean deadlineTimer) {
        this.table = table;
        this.processors = processors;
        for (int i = 0; i < table.size(); i++) {
            int function = table.function(i);
            if (function == LEAF_FEATURES) {
                int added = ECX_HYPERVISOR | ECX_X2APIC | (deadlineTimer ? ECX_TSC_DEADLINE : 0);
                table.setValue(i, Register.ECX, table.value(i, Register.ECX) | added);
                shareCores(i);
            } else if (function == LEAF_CACHE) {
                dropSharing(i);
            } else if (function == LEAF_AMD_SIZES) {
                int sizes = table.value(i, Register.ECX) & ~0xF0FF;
                table.setValue(i, Register.ECX, sizes | idBits() << 12 | Math.min(processors - 1, 0xFF));
            }
        }
    }

    private void shareCores(int entry) {
        int ebx = table.value(entry, Register.EBX) & ~(0xFF << EBX_COUNT_SHIFT);
        table.setValue(entry, Register.EBX, ebx | Math.min(processors, 0xFF) << EBX_COUNT_SHIFT);
        int edx = table.value(entry, Register.EDX) & ~EDX_HTT;
        table.setValue(entry, Register.EDX, processors > 1 ? edx | EDX_HTT : edx);
    }

    /** Leaf 4: every cache belongs to one core; the package has as many cores as there are vCPUs. */
    private void dropSharing(int entry) {
        int eax = table.value(entry, Register.EAX);
        if ((eax & 0x1F) == 0) {
            return;
        }
        int cores = Math.min(processors - 1, 0x3F);
        table.setValue(entry, Register.EAX, eax & 0x3FFF | cores << 26);
    }

    /** Bits of the APIC id below the package. */
    private int idBits() {
        return Integer.SIZE - Integer.numberOfLeadingZeros(processors - 1);
    }

    /** The table for one vCPU; valid until the next call. */
    public CpuidTable forVcpu(int id) {
        for (int i = 0; i < table.size(); i++) {
            int function = table.function(i);
            if (function == LEAF_FEATURES) {
                int ebx = table.value(i, Register.EBX) & 0x00FF_FFFF;
                table.setValue(i, Register.EBX, ebx | id << EBX_ID_SHIFT);
            } else if (function == LEAF_TOPOLOGY || function == LEAF_TOPOLOGY_V2) {
                describeTopology(i, id);
            }
        }
        return table;
    }

    /** Leaves 0xB and 0x1F: sub-leaf 0 is the thread level, 1 the core level. */
    private void describeTopology(int entry, int id) {
        int level = table.index(entry);
        int shift = level == 0 ? 0 : idBits();
        int count = level == 0 ? 1 : processors;
        int type = level == 0 ? LEVEL_THREAD : level == 1 ? LEVEL_CORE : 0;
        table.setValue(entry, Register.EAX, type == 0 ? 0 : shift);
        table.setValue(entry, Register.EBX, type == 0 ? 0 : count);
        table.setValue(entry, Register.ECX, level | type << 8);
        table.setValue(entry, Register.EDX, id);
    }
}
