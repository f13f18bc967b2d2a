package dev.jvmm.assist;

import dev.jvmm.linux.Mapping;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.linux.SyscallNumber;
import dev.jvmm.linux.Syscalls;
import dev.jvmm.linux.SystemCallException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;

/**
 * The running CPU as a reference: one instruction's bytes, with given registers, flags and extended state, at CPL 3. Faults are
 * caught: a signal handler of a few bytes notes the exception and goes on behind the instruction; faults from anywhere else
 * reach the JVM's own handlers.
 *
 * <pre>
 * page 0  0x000 the stub, 0x800 the signal handler, 0x900 the signal's return
 * page 1  general registers, flags, what the fault was
 * page 2  extended state in, page 3 extended state out (XSAVE areas)
 * page 4, 5  code: the instruction stands where the caller wants it, a jump back follows
 * page 6  a call of CPUID
 * </pre>
 */
final class NativeCpu implements AutoCloseable {
    static final int PAGE = 4096;
    static final int XSAVE_SIZE = 4096;

    private static final int HANDLER = 0x800;
    private static final int RESTORER = 0x900;
    private static final int REGISTERS = PAGE;
    private static final int FLAGS = REGISTERS + 16 * 8;
    private static final int TRAP = FLAGS + 16;
    private static final int TRAP_ERROR = FLAGS + 24;
    private static final int TRAP_ADDRESS = FLAGS + 32;
    private static final int TRAP_RIP = FLAGS + 40;
    private static final int MXCSR = FLAGS + 48;
    private static final int CALLER_STACK = FLAGS + 64;
    private static final int CPUID_RESULT = FLAGS + 128;
    private static final int EXTENDED_IN = 2 * PAGE;
    private static final int EXTENDED_OUT = 3 * PAGE;
    private static final int CODE = 4 * PAGE;
    private static final int CPUID_CODE = 6 * PAGE;
    private static final int SIZE = 7 * PAGE;

    private static final int[] SIGNALS = { 4, 5, 7, 8, 11 };
    private static final int RT_SIGACTION = 13;
    private static final int SIGACTION_SIZE = 32;
    private static final long SA_SIGINFO_RESTORER_ONSTACK_NODEFER = 0x4L | 0x0400_0000L | 0x0800_0000L | 0x4000_0000L;
    /** Offsets in ucontext_t of x86-64: uc_mcontext.gregs begins at 40. */
    private static final int UC_RIP = 40 + 16 * 8;

    private static final int UC_ERR = 40 + 19 * 8;
    private static final int UC_TRAPNO = 40 + 20 * 8;
    private static final int UC_CR2 = 40 + 22 * 8;

    /** No exception was raised. */
    static final int NO_TRAP = -1;

    private final Mapping mapping;
    private final ByteBuffer bytes;
    private final Syscalls syscalls = new Syscalls();
    private final ByteBuffer oldActions = NativeBuffers.allocate(SIGNALS.length * SIGACTION_SIZE);
    private final MethodHandle stub;
    private final MethodHandle cpuidStub;
    private int resume;
    private int position;

    @SuppressWarnings("restricted")
    NativeCpu() {
        int all = Mapping.PROT_READ | Mapping.PROT_WRITE | Mapping.PROT_EXEC;
        mapping = Mapping.map(SIZE, all, Mapping.MAP_PRIVATE | Mapping.MAP_ANONYMOUS, -1, 0);
        bytes = mapping.view(0, SIZE);
        writeStub();
        writeCpuid();
        Linker linker = Linker.nativeLinker();
        stub = linker.downcallHandle(mapping.segment().asSlice(0), FunctionDescriptor.ofVoid());
        cpuidStub = linker.downcallHandle(mapping.segment().asSlice(CPUID_CODE), FunctionDescriptor.ofVoid());
        installHandler();
    }

    /** Where the two pages of code begin. */
    long codeAddress() {
        return mapping.address() + CODE;
    }

    long register(int number) {
        return bytes.getLong(REGISTERS + 8 * number);
    }

    void register(int number, long value) {
        bytes.putLong(REGISTERS + 8 * number, value);
    }

    long flags() {
        return bytes.getLong(FLAGS);
    }

    void flags(long value) {
        bytes.putLong(FLAGS, value);
    }

    /** The exception raised by the last run, or {@link #NO_TRAP}. */
    int trap() {
        return (int) bytes.getLong(TRAP);
    }

    int trapError() {
        return (int) bytes.getLong(TRAP_ERROR);
    }

    long trapAddress() {
        return bytes.getLong(TRAP_ADDRESS);
    }

    /** RIP at the exception. */
    long trapRip() {
        return bytes.getLong(TRAP_RIP);
    }

    /** The XSAVE area that is loaded before the instruction. */
    ByteBuffer extendedIn() {
        return mapping.view(EXTENDED_IN, XSAVE_SIZE);
    }

    /** The XSAVE area after the instruction. */
    ByteBuffer extendedOut() {
        return mapping.view(EXTENDED_OUT, XSAVE_SIZE);
    }

    /** Runs the instruction from that offset in the code pages; all registers but RSP are loaded first. Returns its address. */
    long run(byte[] instruction, int offset) {
        int at = CODE + offset;
        bytes.put(at, instruction);
        position = at + instruction.length;
        jump(resume);
        bytes.putInt(resume - 4, at - resume); // the stub's own jump
        bytes.putLong(TRAP, NO_TRAP);
        try {
            stub.invokeExact();
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
        return mapping.address() + at;
    }

    int cpuid(int leaf, int subLeaf, int register) {
        bytes.putInt(CPUID_RESULT, leaf);
        bytes.putInt(CPUID_RESULT + 8, subLeaf);
        try {
            cpuidStub.invokeExact();
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
        return bytes.getInt(CPUID_RESULT + 4 * register);
    }

    private void code(int... values) {
        for (int value : values) {
            bytes.put(position++, (byte) value);
        }
    }

    /** The 32-bit displacement of a RIP-relative operand that ends the instruction. */
    private void relative(int target) {
        int displacement = target - (position + 4);
        bytes.putInt(position, displacement);
        position += 4;
    }

    private void jump(int target) {
        code(0xE9);
        relative(target);
    }

    /** mov [target], register / mov register, [target] */
    private void move(boolean store, int register, int target) {
        code(0x48 | (register >= 8 ? 4 : 0), store ? 0x89 : 0x8B, (register & 7) << 3 | 5);
        relative(target);
    }

    private void writeStub() {
        position = 0;
        int[] saved = { CpuState.RBX, CpuState.RBP, 12, 13, 14, 15 };
        for (int register : saved) { // push
            code(register >= 8 ? 0x41 : 0x40, 0x50 | register & 7);
        }
        move(true, CpuState.RSP, CALLER_STACK);
        code(0x0F, 0xAE, 0x1D); // stmxcsr
        relative(MXCSR);
        extended(5, EXTENDED_IN); // xrstor64
        code(0xFF, 0x35); // push flags
        relative(FLAGS);
        code(0x9D); // popfq
        for (int i = 0; i < 16; i++) {
            if (i != CpuState.RSP) {
                move(false, i, REGISTERS + 8 * i);
            }
        }
        jump(CODE);
        int entry = position;
        resume = position;
        for (int i = 0; i < 16; i++) {
            if (i != CpuState.RSP) {
                move(true, i, REGISTERS + 8 * i);
            }
        }
        move(false, CpuState.RSP, CALLER_STACK);
        code(0x9C, 0x8F, 0x05); // pushfq; pop flags
        relative(FLAGS);
        code(0xFC); // cld
        extended(4, EXTENDED_OUT); // xsave64
        code(0xDB, 0xE3, 0xC5, 0xF8, 0x77); // fninit; vzeroupper
        code(0x0F, 0xAE, 0x15); // ldmxcsr
        relative(MXCSR);
        for (int i = saved.length - 1; i >= 0; i--) { // pop
            code(saved[i] >= 8 ? 0x41 : 0x40, 0x58 | saved[i] & 7);
        }
        code(0xC3);
        writeHandler(entry);
    }

    private void extended(int group, int area) {
        code(0xB8, 0xFF, 0xFF, 0xFF, 0xFF, 0xBA, 0xFF, 0xFF, 0xFF, 0x7F); // mov eax, -1; mov edx, 0x7fffffff
        code(0x48, 0x0F, 0xAE, group << 3 | 5);
        relative(area);
    }

    /** Takes (signal, info, context): context.rip inside the code pages is ours, all else the JVM's. */
    private void writeHandler(int entry) {
        position = HANDLER;
        context(UC_RIP);
        code(0x48, 0x8D, 0x0D); // lea rcx, [code pages]
        relative(CODE);
        code(0x49, 0x89, 0xC0, 0x49, 0x29, 0xC8); // mov r8, rax; sub r8, rcx
        code(0x49, 0x81, 0xF8); // cmp r8, 2 pages
        bytes.putInt(position, 2 * PAGE);
        position += 4;
        code(0x73, 0); // jae not ours
        int branch = position;
        move(true, CpuState.RAX, TRAP_RIP);
        context(UC_ERR);
        move(true, CpuState.RAX, TRAP_ERROR);
        context(UC_CR2);
        move(true, CpuState.RAX, TRAP_ADDRESS);
        context(UC_TRAPNO);
        move(true, CpuState.RAX, TRAP);
        code(0x48, 0x8D, 0x05); // lea rax, [resume]
        relative(entry);
        code(0x48, 0x89, 0x82); // mov [rdx + UC_RIP], rax
        bytes.putInt(position, UC_RIP);
        position += 4;
        code(0xC3);
        bytes.put(branch - 1, (byte) (position - branch));
        // not ours: the JVM's handler for this signal, from a table by signal number
        code(0x48, 0x8D, 0x05); // lea rax, [table]
        relative(RESTORER + 0x100);
        code(0x48, 0x63, 0xCF); // movsxd rcx, edi
        code(0xFF, 0x24, 0xC8); // jmp [rax + rcx * 8]
        position = RESTORER;
        code(0xB8, 15, 0, 0, 0, 0x0F, 0x05); // mov eax, rt_sigreturn; syscall
    }

    /** mov rax, [rdx + offset] */
    private void context(int offset) {
        code(0x48, 0x8B, 0x82);
        bytes.putInt(position, offset);
        position += 4;
    }

    private void writeCpuid() {
        position = CPUID_CODE;
        code(0x53, 0x8B, 0x05); // push rbx; mov eax, [leaf]
        relative(CPUID_RESULT);
        code(0x8B, 0x0D); // mov ecx, [sub-leaf]
        relative(CPUID_RESULT + 8);
        code(0x0F, 0xA2);
        int[] order = { 0, 3, 1, 2 }; // eax, ebx, ecx, edx as instructions number them
        for (int i = 0; i < 4; i++) {
            code(0x89, order[i] << 3 | 5);
            relative(CPUID_RESULT + 4 * i);
        }
        code(0x5B, 0xC3);
    }

    private void installHandler() {
        ByteBuffer action = NativeBuffers.allocate(SIGACTION_SIZE);
        action.putLong(0, mapping.address() + HANDLER);
        action.putLong(8, SA_SIGINFO_RESTORER_ONSTACK_NODEFER);
        action.putLong(16, mapping.address() + RESTORER);
        for (int i = 0; i < SIGNALS.length; i++) {
            long old = NativeBuffers.address(oldActions) + (long) i * SIGACTION_SIZE;
            sigaction(SIGNALS[i], 0, old);
            bytes.putLong(RESTORER + 0x100 + 8 * SIGNALS[i], oldActions.getLong(i * SIGACTION_SIZE));
        }
        for (int signal : SIGNALS) {
            sigaction(signal, NativeBuffers.address(action), 0);
        }
    }

    private void sigaction(int signal, long action, long old) {
        SystemCallException.check("rt_sigaction", syscalls.call(RT_SIGACTION, signal, action, old, 8, 0, 0));
    }

    @Override
    public void close() {
        for (int i = 0; i < SIGNALS.length; i++) {
            sigaction(SIGNALS[i], NativeBuffers.address(oldActions) + (long) i * SIGACTION_SIZE, 0);
        }
        mapping.close();
    }

    /** mprotect(2) for operands that shall fault. */
    void protect(long address, long length, int protection) {
        SystemCallException.check("mprotect", syscalls.call(SyscallNumber.MPROTECT, address, length, protection));
    }
}
