package dev.jvmm.vm;

import dev.jvmm.assist.CpuState;
import dev.jvmm.kvm.CpuidTable;
import dev.jvmm.kvm.KvmVcpu;
import dev.jvmm.kvm.MsrList;
import dev.jvmm.kvm.Registers;
import dev.jvmm.kvm.SpecialRegisters;
import dev.jvmm.kvm.SpecialRegisters.Segment;
import dev.jvmm.kvm.VcpuEvents;
import dev.jvmm.kvm.VcpuState;
import dev.jvmm.linux.NativeBuffers;
import java.nio.ByteBuffer;

/**
 * A stopped vCPU's state, fetched piece by piece from KVM and given back by {@link #commit}. One per vCPU, used by its thread;
 * {@link #begin} starts afresh.
 */
final class KvmCpuState implements CpuState {
    private static final Segment[] SEGMENTS = {
        Segment.ES, Segment.CS, Segment.SS, Segment.DS, Segment.FS, Segment.GS
    };
    private static final CpuidTable.Register[] CPUID_REGISTERS = CpuidTable.Register.values();

    /** {@code struct kvm_xcrs}: a count, flags, then pairs of number and value; XCR0 is the only one. */
    private static final int XCR0_VALUE = 16;

    /** DR6 in {@code struct kvm_debugregs}, after four breakpoint addresses; bit 14 is BS. */
    private static final int DR6 = 32;

    private static final long DR6_BS = 1L << 14;
    private static final int VECTOR_DB = 1;
    private static final int VECTOR_PF = 14;

    private final KvmVcpu vcpu;
    private final CpuidTable cpuid;
    private final Registers registers = new Registers();
    private final SpecialRegisters special = new SpecialRegisters();
    private final VcpuEvents events = new VcpuEvents();
    private final ByteBuffer xcrs = NativeBuffers.allocate(VcpuState.XCRS.size());
    private final ByteBuffer xsave = NativeBuffers.allocate(VcpuState.XSAVE.size());

    private boolean xcrsLoaded;
    private boolean xsaveLoaded;
    private boolean eventsLoaded;
    private boolean xcrsChanged;
    private boolean xsaveChanged;
    private boolean specialChanged;
    private boolean eventsChanged;

    KvmCpuState(KvmVcpu vcpu) {
        this.vcpu = vcpu;
        this.cpuid = vcpu.cpuid();
    }

    /** Forgets what was fetched before and fetches what every instruction needs. */
    void begin() {
        xcrsLoaded = false;
        xsaveLoaded = false;
        eventsLoaded = false;
        xcrsChanged = false;
        xsaveChanged = false;
        specialChanged = false;
        eventsChanged = false;
        vcpu.load(registers);
        vcpu.load(special);
    }

    /** Gives the changes back to the vCPU. */
    void commit() {
        if (specialChanged) {
            vcpu.store(special);
        }
        if (xcrsChanged) {
            vcpu.store(VcpuState.XCRS, xcrs);
        }
        if (xsaveChanged) {
            vcpu.store(VcpuState.XSAVE, xsave);
        }
        if (eventsChanged) {
            vcpu.store(VcpuState.EVENTS, events.buffer());
        }
        vcpu.store(registers);
    }

    @Override
    public long register(int number) {
        return registers.gpr(number);
    }

    @Override
    public void register(int number, long value) {
        registers.setGpr(number, value);
    }

    @Override
    public long rip() {
        return registers.rip();
    }

    @Override
    public void rip(long value) {
        registers.setRip(value);
    }

    @Override
    public long rflags() {
        return registers.rflags();
    }

    @Override
    public void rflags(long value) {
        registers.setRflags(value);
    }

    @Override
    public long segmentBase(int segment) {
        return special.segmentBase(SEGMENTS[segment]);
    }

    @Override
    public long segmentLimit(int segment) {
        return special.segmentLimit(SEGMENTS[segment]);
    }

    @Override
    public boolean codeIsLong() {
        return special.isLong(Segment.CS);
    }

    @Override
    public boolean codeIs32Bit() {
        return special.isBig(Segment.CS);
    }

    @Override
    public int privilegeLevel() {
        return special.dpl(Segment.SS);
    }

    @Override
    public long gdtBase() {
        return special.gdtBase();
    }

    @Override
    public long gdtLimit() {
        return special.gdtLimit();
    }

    @Override
    public long ldtBase() {
        return special.segmentBase(Segment.LDT);
    }

    @Override
    public long ldtLimit() {
        return special.segmentLimit(Segment.LDT);
    }

    @Override
    public long cr0() {
        return special.cr0();
    }

    @Override
    public long cr3() {
        return special.cr3();
    }

    @Override
    public long cr4() {
        return special.cr4();
    }

    @Override
    public long efer() {
        return special.efer();
    }

    private ByteBuffer loadedXcrs() {
        if (!xcrsLoaded) {
            vcpu.load(VcpuState.XCRS, xcrs);
            xcrsLoaded = true;
        }
        return xcrs;
    }

    @Override
    public long xcr0() {
        return loadedXcrs().getLong(XCR0_VALUE);
    }

    @Override
    public void xcr0(long value) {
        loadedXcrs().putLong(XCR0_VALUE, value);
        xcrsChanged = true;
    }

    @Override
    public ByteBuffer xsave() {
        if (!xsaveLoaded) {
            vcpu.load(VcpuState.XSAVE, xsave);
            xsaveLoaded = true;
        }
        return xsave;
    }

    @Override
    public void xsaveChanged() {
        xsaveChanged = true;
    }

    @Override
    public long readMsr(int index) {
        MsrList list = new MsrList(index);
        vcpu.load(list);
        return list.value(0);
    }

    @Override
    public int cpuid(int leaf, int subLeaf, int register) {
        int entry = cpuid.find(leaf, subLeaf);
        return entry < 0 ? 0 : cpuid.value(entry, CPUID_REGISTERS[register]);
    }

    private VcpuEvents loadedEvents() {
        if (!eventsLoaded) {
            vcpu.load(VcpuState.EVENTS, events.buffer());
            eventsLoaded = true;
        }
        return events;
    }

    @Override
    public void retired() {
        if (loadedEvents().interruptShadow()) {
            events.clearInterruptShadow();
            eventsChanged = true;
        }
    }

    @Override
    public void raise(int vector) {
        loadedEvents().injectException(vector, false, 0);
        eventsChanged = true;
    }

    @Override
    public void raise(int vector, int errorCode) {
        loadedEvents().injectException(vector, true, errorCode);
        eventsChanged = true;
    }

    @Override
    public void raisePageFault(long address, int errorCode) {
        special.setCr2(address);
        specialChanged = true;
        raise(VECTOR_PF, errorCode);
    }

    @Override
    public void raiseSingleStep() {
        ByteBuffer debug = NativeBuffers.allocate(VcpuState.DEBUGREGS.size());
        vcpu.load(VcpuState.DEBUGREGS, debug);
        debug.putLong(DR6, debug.getLong(DR6) | DR6_BS);
        vcpu.store(VcpuState.DEBUGREGS, debug);
        raise(VECTOR_DB);
    }
}
