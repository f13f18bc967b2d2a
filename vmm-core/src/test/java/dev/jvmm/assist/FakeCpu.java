package dev.jvmm.assist;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/** A vCPU's state as plain fields, in 64-bit mode at CPL 3 with paging until a test says otherwise. */
final class FakeCpu implements CpuState {
    static final int NO_EXCEPTION = -1;

    final long[] registers = new long[16];
    final long[] segmentBases = new long[6];
    final ByteBuffer xsave = ByteBuffer.allocateDirect(4096).order(ByteOrder.LITTLE_ENDIAN);
    final Map<Integer, Long> msrs = new HashMap<>();
    final Map<Long, int[]> cpuid = new HashMap<>();
    long segmentLimit = 0xFFFF_FFFFL;
    long rip;
    long rflags = 2;
    boolean codeIsLong = true;
    boolean codeIs32Bit;
    int privilegeLevel = 3;
    long gdtBase;
    long gdtLimit;
    long ldtBase;
    long ldtLimit;
    long cr0 = ControlBits.CR0_PG | ControlBits.CR0_PE | ControlBits.CR0_NE | ControlBits.CR0_WP | ControlBits.CR0_MP;
    long cr3;
    long cr4 = ControlBits.CR4_PAE | ControlBits.CR4_OSFXSR | ControlBits.CR4_OSXSAVE;
    long efer = ControlBits.EFER_LMA | ControlBits.EFER_NXE;
    long xcr0 = 7;
    int exception = NO_EXCEPTION;
    boolean hasErrorCode;
    int errorCode;
    long cr2;
    boolean singleStep;
    int retired;
    int xsaveFetches;
    boolean xsaveDirty;

    void cpuid(int leaf, int subLeaf, int eax, int ebx, int ecx, int edx) {
        cpuid.put((long) leaf << 32 | subLeaf, new int[]{ eax, ebx, ecx, edx });
    }

    /** The page-fault error code, or whatever the last exception had. */
    void clearException() {
        exception = NO_EXCEPTION;
        hasErrorCode = false;
        errorCode = 0;
        singleStep = false;
        retired = 0;
        xsaveFetches = 0;
        xsaveDirty = false;
    }

    @Override
    public long register(int number) {
        return registers[number];
    }

    @Override
    public void register(int number, long value) {
        registers[number] = value;
    }

    @Override
    public long rip() {
        return rip;
    }

    @Override
    public void rip(long value) {
        rip = value;
    }

    @Override
    public long rflags() {
        return rflags;
    }

    @Override
    public void rflags(long value) {
        rflags = value;
    }

    @Override
    public long segmentBase(int segment) {
        return segmentBases[segment];
    }

    @Override
    public long segmentLimit(int segment) {
        return segmentLimit;
    }

    @Override
    public boolean codeIsLong() {
        return codeIsLong;
    }

    @Override
    public boolean codeIs32Bit() {
        return codeIs32Bit;
    }

    @Override
    public int privilegeLevel() {
        return privilegeLevel;
    }

    @Override
    public long gdtBase() {
        return gdtBase;
    }

    @Override
    public long gdtLimit() {
        return gdtLimit;
    }

    @Override
    public long ldtBase() {
        return ldtBase;
    }

    @Override
    public long ldtLimit() {
        return ldtLimit;
    }

    @Override
    public long cr0() {
        return cr0;
    }

    @Override
    public long cr3() {
        return cr3;
    }

    @Override
    public long cr4() {
        return cr4;
    }

    @Override
    public long efer() {
        return efer;
    }

    @Override
    public long xcr0() {
        return xcr0;
    }

    @Override
    public void xcr0(long value) {
        xcr0 = value;
    }

    @Override
    public ByteBuffer xsave() {
        xsaveFetches++;
        return xsave;
    }

    @Override
    public void xsaveChanged() {
        xsaveDirty = true;
    }

    @Override
    public long readMsr(int index) {
        return msrs.getOrDefault(index, 0L);
    }

    @Override
    public int cpuid(int leaf, int subLeaf, int register) {
        int[] found = cpuid.get((long) leaf << 32 | subLeaf);
        return found == null ? 0 : found[register];
    }

    @Override
    public void retired() {
        retired++;
    }

    @Override
    public void raise(int vector) {
        exception = vector;
    }

    @Override
    public void raise(int vector, int code) {
        exception = vector;
        hasErrorCode = true;
        errorCode = code;
    }

    @Override
    public void raisePageFault(long address, int code) {
        raise(14, code);
        cr2 = address;
    }

    @Override
    public void raiseSingleStep() {
        singleStep = true;
    }
}
