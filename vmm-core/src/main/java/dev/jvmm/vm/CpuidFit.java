package dev.jvmm.vm;

import dev.jvmm.kvm.CpuidTable;
import dev.jvmm.kvm.CpuidTable.Register;
import dev.jvmm.kvm.KvmVcpu;
import dev.jvmm.state.StateException;

/** Gives a vCPU the CPUID leaves that it was saved with, when this host can be such a processor. */
final class CpuidFit {
    private static final int LEAF_FEATURES = 1;
    private static final int LEAF_XSAVE = 0xD;
    private static final Register[] REGISTERS = Register.values();
    private static final int ALL = -1;

    /** OSXSAVE, which follows CR4. */
    private static final int NOT_OSXSAVE = ~(1 << 27);

    /** OSPKE, which follows CR4. */
    private static final int NOT_OSPKE = ~(1 << 4);

    /**
     * Registers whose bits are features, each of which this host must have too: leaf, sub-leaf, then a mask each for EAX, EBX, ECX
     * and EDX. XCR0's bits of leaf 0xD are among them.
     */
    private static final int[][] FEATURES = {
        { LEAF_FEATURES, 0, 0, 0, NOT_OSXSAVE, ALL },
        { 7, 0, 0, ALL, NOT_OSPKE, ALL },
        { 7, 1, ALL, ALL, 0, ALL },
        { LEAF_XSAVE, 0, ALL, 0, 0, ALL },
        { LEAF_XSAVE, 1, ALL, 0, ALL, ALL },
        { 0x8000_0001, 0, 0, 0, ALL, ALL },
        { 0x8000_0007, 0, 0, 0, 0, ALL },
        { 0x8000_0008, 0, 0, ALL, 0, 0 },
    };

    private CpuidFit() {}

    /** @throws StateException with the leaf and the bits or values where the two differ */
    static void give(KvmVcpu vcpu, CpuidTable saved) {
        CpuidTable own = vcpu.cpuid();
        if (saved.entries().equals(own.entries())) {
            return;
        }
        check(vcpu.id(), saved, own);
        vcpu.setCpuid(saved);
    }

    /** Complains where the saved processor has what this host's has not. */
    static void check(int id, CpuidTable saved, CpuidTable own) {
        for (int i = 0; i < saved.size(); i++) {
            int function = saved.function(i);
            int mine = own.find(function, saved.index(i));
            if (function == 0) {
                checkEqual(id, saved, i, own, mine, 1);
            } else if (function == LEAF_XSAVE && saved.index(i) > 1) {
                // Where a component lies in the saved vector state.
                checkEqual(id, saved, i, own, mine, 0);
            } else {
                checkFeatures(id, saved, i, own, mine);
            }
        }
    }

    private static void checkEqual(int id, CpuidTable saved, int entry, CpuidTable own, int mine, int firstRegister) {
        for (int r = firstRegister; r < REGISTERS.length; r++) {
            int theirs = saved.value(entry, REGISTERS[r]);
            int here = mine < 0 ? 0 : own.value(mine, REGISTERS[r]);
            if (theirs != here) {
                throw new StateException(where(id, saved, entry, r) + " = 0x" + Integer.toHexString(theirs)
                        + ", and here it is 0x" + Integer.toHexString(here));
            }
        }
    }

    private static void checkFeatures(int id, CpuidTable saved, int entry, CpuidTable own, int mine) {
        for (int[] row : FEATURES) {
            if (row[0] != saved.function(entry) || row[1] != saved.index(entry)) {
                continue;
            }
            for (int r = 0; r < REGISTERS.length; r++) {
                int here = mine < 0 ? 0 : own.value(mine, REGISTERS[r]);
                int missing = saved.value(entry, REGISTERS[r]) & ~here & row[2 + r];
                if (missing != 0) {
                    throw new StateException(where(id, saved, entry, r) + " bits 0x" + Integer.toHexString(missing)
                            + ", which this host's processor lacks");
                }
            }
        }
    }

    private static String where(int id, CpuidTable saved, int entry, int register) {
        return "the state of vcpu" + id + " is of another processor: CPUID leaf 0x"
                + Integer.toHexString(saved.function(entry)) + "." + saved.index(entry) + " " + REGISTERS[register];
    }
}
