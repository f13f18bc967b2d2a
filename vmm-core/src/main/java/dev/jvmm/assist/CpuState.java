package dev.jvmm.assist;

import java.nio.ByteBuffer;

/**
 * The saved state of one stopped vCPU, as far as finishing an instruction needs it.
 *
 * <p>An implementation fetches lazily, since each kind of state costs system calls, and gives changes back to the vCPU
 * when {@link InstructionAssist#finish} has returned (not before: a fault leaves what it has not yet changed as it was).
 * Only the thread that runs the vCPU calls it. Most instructions ask for general registers, segments and control
 * registers only; {@link #xsave()} and {@link #readMsr} are for those that need them.
 */
public interface CpuState {
    /** Numbers of general registers, as instructions encode them. 8 to 15 are R8 to R15. */
    int RAX = 0;

    int RCX = 1;
    int RDX = 2;
    int RBX = 3;
    int RSP = 4;
    int RBP = 5;
    int RSI = 6;
    int RDI = 7;

    /** Numbers of segment registers, as instructions encode them. */
    int ES = 0;

    int CS = 1;
    int SS = 2;
    int DS = 3;
    int FS = 4;
    int GS = 5;

    /** CPUID's result registers, for {@link #cpuid}. */
    int EAX = 0;

    int EBX = 1;
    int ECX = 2;
    int EDX = 3;

    /** A general register, 0 to 15 in the order RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 ... (not that of {@code kvm_regs}). */
    long register(int number);

    /** Sets all 64 bits of a general register. */
    void register(int number, long value);

    long rip();

    void rip(long value);

    long rflags();

    void rflags(long value);

    /** The hidden base of a segment register, {@link #ES} to {@link #GS}. */
    long segmentBase(int segment);

    /** The hidden limit in bytes (granularity applied), as an unsigned 32-bit number. */
    long segmentLimit(int segment);

    /** CS.L: with EFER.LMA, 64-bit mode. */
    boolean codeIsLong();

    /** CS.D: 32-bit operands and addresses by default. */
    boolean codeIs32Bit();

    /** The current privilege level, 0 to 3 (SS.DPL). */
    int privilegeLevel();

    long gdtBase();

    /** The last byte's offset. */
    long gdtLimit();

    long ldtBase();

    /** The last byte's offset; below the size of a descriptor when there is no LDT. */
    long ldtLimit();

    long cr0();

    long cr3();

    long cr4();

    long efer();

    long xcr0();

    /** Sets XCR0; the value has been checked against what CPUID offers. */
    void xcr0(long value);

    /**
     * The extended state in the standard (not compacted) XSAVE format, as KVM_GET_XSAVE2 gives it: little-endian, position 0,
     * x87 pointers in their 64-bit form. Components whose XSTATE_BV bit is clear are in their initial state, whatever the bytes
     * say; MXCSR always counts. The buffer is the implementation's own and the caller changes it in place.
     */
    ByteBuffer xsave();

    /** The buffer of {@link #xsave()} was changed and has to go back to the vCPU. */
    void xsaveChanged();

    /** A model-specific register that KVM can read: the TSC (0x10), TSC_AUX (0xC0000103), IA32_XSS (0xDA0). */
    long readMsr(int index);

    /** A register of the guest's own CPUID leaf, 0 for leaves it does not have. */
    int cpuid(int leaf, int subLeaf, int register);

    /**
     * The instruction is complete and RIP already points behind it: ends a shadow of STI or MOV SS. Called only with
     * RFLAGS.IF set; otherwise there is no interrupt that a shadow could hold off.
     */
    void retired();

    /**
     * Queues an exception without an error code, delivered when the vCPU enters the guest again. For a trap (#BP, #DB of INT1)
     * RIP already points behind the instruction.
     */
    void raise(int vector);

    /** Queues an exception with an error code. */
    void raise(int vector, int errorCode);

    /** Queues #PF and sets CR2 to the linear address. */
    void raisePageFault(long address, int errorCode);

    /** Queues the #DB of a single step (DR6.BS set): an instruction ended with RFLAGS.TF set at its start. */
    void raiseSingleStep();
}
