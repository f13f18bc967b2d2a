package dev.jvmm.vm;

import dev.jvmm.kvm.KvmVcpu;
import dev.jvmm.kvm.MsrList;
import dev.jvmm.state.StateException;

/**
 * Reads and writes a vCPU's model-specific registers as far as KVM lets them.
 *
 * <p>A write that KVM refuses is an error, with two exceptions where nothing is lost:
 * <ul>
 * <li>the vCPU holds that value already, as with registers that describe the processor and can not be written;
 * <li>{@code IA32_BIOS_SIGN_ID} (0x8B, the microcode's revision) and {@code MSR_SMI_COUNT} (0x34): they tell of the host, and no
 * guest can rely on their staying the same.
 * </ul>
 */
final class Msrs {
    /** {@code MSR_IA32_TSC_DEADLINE} of asm/msr-index.h. */
    private static final int TSC_DEADLINE = 0x6E0;

    private static final int BIOS_SIGN_ID = 0x8B;
    private static final int SMI_COUNT = 0x34;

    private Msrs() {}

    /** Those of these MSRs that can be read, with their values. */
    static MsrList read(KvmVcpu vcpu, int[] wanted) {
        int[] indices = wanted;
        while (true) {
            MsrList list = new MsrList(indices);
            int read = vcpu.load(list);
            if (read >= indices.length) {
                return list;
            }
            indices = without(indices, read);
        }
    }

    private static int[] without(int[] indices, int dropped) {
        int[] rest = new int[indices.length - 1];
        System.arraycopy(indices, 0, rest, 0, dropped);
        System.arraycopy(indices, dropped + 1, rest, dropped, rest.length - dropped);
        return rest;
    }

    /** Writes all, in their order, but the deadline of the local APIC's timer. */
    static void writeAllButDeadline(KvmVcpu vcpu, MsrList msrs) {
        int deadline = find(msrs, TSC_DEADLINE);
        if (deadline < 0) {
            write(vcpu, msrs, 0, msrs.size());
        } else {
            write(vcpu, msrs, 0, deadline);
            write(vcpu, msrs, deadline + 1, msrs.size());
        }
    }

    /** Writes the deadline, if there is one. */
    static void writeDeadline(KvmVcpu vcpu, MsrList msrs) {
        int deadline = find(msrs, TSC_DEADLINE);
        if (deadline >= 0) {
            write(vcpu, msrs, deadline, deadline + 1);
        }
    }

    private static int find(MsrList msrs, int index) {
        for (int i = 0; i < msrs.size(); i++) {
            if (msrs.index(i) == index) {
                return i;
            }
        }
        return -1;
    }

    private static void write(KvmVcpu vcpu, MsrList msrs, int from, int to) {
        int at = from;
        while (at < to) {
            MsrList part = part(msrs, at, to);
            int written = vcpu.store(part);
            at += written;
            if (at < to) {
                judgeRefusal(vcpu, msrs, at);
                at++;
            }
        }
    }

    private static MsrList part(MsrList msrs, int from, int to) {
        if (from == 0 && to == msrs.size()) {
            return msrs;
        }
        int[] indices = new int[to - from];
        for (int i = from; i < to; i++) {
            indices[i - from] = msrs.index(i);
        }
        MsrList part = new MsrList(indices);
        for (int i = from; i < to; i++) {
            part.setValue(i - from, msrs.value(i));
        }
        return part;
    }

    private static void judgeRefusal(KvmVcpu vcpu, MsrList msrs, int at) {
        int index = msrs.index(at);
        MsrList current = new MsrList(index);
        boolean same = vcpu.load(current) == 1 && current.value(0) == msrs.value(at);
        if (!same && index != BIOS_SIGN_ID && index != SMI_COUNT) {
            throw new StateException("KVM refuses the value 0x" + Long.toHexString(msrs.value(at)) + " of MSR 0x"
                    + Integer.toHexString(index) + " in the state of vcpu" + vcpu.id());
        }
    }
}
