package dev.jvmm.vm;

import dev.jvmm.kvm.CpuidTable;
import dev.jvmm.kvm.KvmVcpu;
import dev.jvmm.kvm.MsrList;
import dev.jvmm.kvm.VcpuState;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.state.StateException;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.state.Stateful;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * All that KVM holds of one vCPU, outside KVM. {@link #capture} fills it from a vCPU at rest; {@link #applyFirst} and
 * {@link #applyLast} give it to a fresh one, with the machine's chips between the two. KVM judges the values themselves.
 */
final class VcpuImage implements Stateful {
    private static final int VERSION = 1;

    /** More than any KVM has in its list. */
    private static final int MAX_MSRS = 1024;

    private static final int MAX_XSAVE = 1 << 20;

    /** Pieces that are a struct of fixed size, in the record's order. */
    private static final VcpuState[] PIECES = {
        VcpuState.REGS, VcpuState.SREGS, VcpuState.LAPIC, VcpuState.EVENTS, VcpuState.MP_STATE, VcpuState.DEBUGREGS
    };

    private final ByteBuffer[] pieces = new ByteBuffer[PIECES.length];
    private final ByteBuffer xsave;

    /** Without a byte on hosts whose processors have no XSAVE, where XCR0 does not exist. */
    private final ByteBuffer xcrs;

    private CpuidTable cpuid = CpuidTable.ofSize(0);
    private MsrList msrs = new MsrList();
    private int tscKhz;

    /**
     * An empty image.
     *
     * @param xsaveSize of {@link dev.jvmm.kvm.KvmVm#xsaveSize}
     * @param hasXcrs whether this host's guests have XCR0
     */
    VcpuImage(int xsaveSize, boolean hasXcrs) {
        int size = Math.min(xsaveSize, MAX_XSAVE) + (hasXcrs ? VcpuState.XCRS.size() : 0);
        for (VcpuState piece : PIECES) {
            size += piece.size();
        }
        ByteBuffer all = NativeBuffers.allocate(size);
        int at = 0;
        for (int i = 0; i < PIECES.length; i++) {
            pieces[i] = slice(all, at, PIECES[i].size());
            at += PIECES[i].size();
        }
        xcrs = slice(all, at, hasXcrs ? VcpuState.XCRS.size() : 0);
        xsave = slice(all, at + xcrs.capacity(), size - at - xcrs.capacity());
    }

    private static ByteBuffer slice(ByteBuffer all, int at, int size) {
        return all.slice(at, size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private ByteBuffer piece(VcpuState state) {
        for (int i = 0; i < PIECES.length; i++) {
            if (PIECES[i] == state) {
                return pieces[i];
            }
        }
        throw new IllegalArgumentException("no piece of its own: " + state);
    }

    /**
     * Takes the state of a vCPU that is out of the guest, all others of its machine too, with its last exit completed.
     *
     * <p>MP_STATE comes first: to read it KVM carries out an INIT or SIPI that waits, which changes registers.
     *
     * @param wanted the MSRs to take; those that can not be read are left out
     */
    void capture(KvmVcpu vcpu, int[] wanted) {
        load(vcpu, VcpuState.MP_STATE);
        load(vcpu, VcpuState.REGS);
        load(vcpu, VcpuState.SREGS);
        vcpu.loadXsave(xsave);
        if (xcrs.capacity() > 0) {
            vcpu.load(VcpuState.XCRS, xcrs);
        }
        load(vcpu, VcpuState.DEBUGREGS);
        load(vcpu, VcpuState.LAPIC);
        tscKhz = vcpu.tscKhz();
        cpuid = vcpu.cpuid();
        msrs = Msrs.read(vcpu, wanted);
        load(vcpu, VcpuState.EVENTS);
    }

    private void load(KvmVcpu vcpu, VcpuState state) {
        vcpu.load(state, piece(state));
    }

    private void store(KvmVcpu vcpu, VcpuState state) {
        vcpu.store(state, piece(state));
    }

    /**
     * What the chips rest on: which processor it is, its mode (with the local APIC's) and the vector state, behind the XCR0 that
     * allows it.
     *
     * @throws StateException when this host can not be such a processor
     */
    void applyFirst(KvmVcpu vcpu) {
        CpuidFit.give(vcpu, cpuid);
        if (tscKhz != vcpu.tscKhz() && vcpu.setTscKhz(tscKhz) != 0) {
            throw new StateException("the state of vcpu" + vcpu.id() + " has a time-stamp counter of " + tscKhz
                    + " kHz, and this host's KVM gives none but " + vcpu.tscKhz() + " kHz");
        }
        store(vcpu, VcpuState.SREGS);
        if (xcrs.capacity() > 0) {
            vcpu.store(VcpuState.XCRS, xcrs);
        }
        vcpu.storeXsave(xsave);
    }

    /**
     * The rest, after the machine's chips and clock: the TSC before all that counts by it, the local APIC (whose timer mode
     * decides what a deadline is) before the deadline, and the events at the end, since setting registers drops a pending exception.
     */
    void applyLast(KvmVcpu vcpu) {
        Msrs.writeAllButDeadline(vcpu, msrs);
        store(vcpu, VcpuState.LAPIC);
        Msrs.writeDeadline(vcpu, msrs);
        store(vcpu, VcpuState.MP_STATE);
        store(vcpu, VcpuState.DEBUGREGS);
        store(vcpu, VcpuState.REGS);
        store(vcpu, VcpuState.EVENTS);
        // Refused where the guest has no kvmclock: then there is nobody to tell.
        vcpu.markStopped();
    }

    @Override
    public int stateVersion() {
        return VERSION;
    }

    @Override
    public void save(StateWriter out) {
        out.int32(tscKhz).bytes(cpuid.entries());
        for (ByteBuffer piece : pieces) {
            out.bytes(piece.clear());
        }
        out.bytes(xcrs.clear()).bytes(xsave.clear());
        out.int32(msrs.size());
        for (int i = 0; i < msrs.size(); i++) {
            out.int32(msrs.index(i)).int64(msrs.value(i));
        }
    }

    @Override
    public void restore(StateReader in) {
        tscKhz = in.int32(1, Integer.MAX_VALUE);
        byte[] leaves = in.bytes(CpuidTable.MAX_ENTRIES * CpuidTable.ENTRY_SIZE);
        if (leaves.length % CpuidTable.ENTRY_SIZE != 0) {
            throw in.bad("has CPUID leaves that are not whole");
        }
        cpuid = CpuidTable.ofSize(leaves.length / CpuidTable.ENTRY_SIZE);
        cpuid.entries().put(leaves);
        for (ByteBuffer piece : pieces) {
            in.bytes(piece.clear());
        }
        in.bytes(xcrs.clear());
        in.bytes(xsave.clear());
        readMsrs(in);
    }

    private void readMsrs(StateReader in) {
        int count = in.int32(0, MAX_MSRS);
        int[] indices = new int[count];
        long[] values = new long[count];
        for (int i = 0; i < count; i++) {
            indices[i] = in.int32();
            values[i] = in.int64();
        }
        msrs = new MsrList(indices);
        for (int i = 0; i < count; i++) {
            msrs.setValue(i, values[i]);
        }
    }

    /** Complains about an MSR that is not of this host's state, which no machine can have saved here. */
    void checkMsrs(int id, int[] sortedIndices) {
        for (int i = 0; i < msrs.size(); i++) {
            if (Arrays.binarySearch(sortedIndices, msrs.index(i)) < 0) {
                throw new StateException("the state of vcpu" + id + " has MSR 0x" + Integer.toHexString(msrs.index(i))
                        + ", which this host's KVM does not");
            }
        }
    }
}
