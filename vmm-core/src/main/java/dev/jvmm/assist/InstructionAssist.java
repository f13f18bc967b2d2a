package dev.jvmm.assist;

import dev.jvmm.memory.GuestMemory;

/**
 * Finishes the instruction at which {@code KVM_RUN} ended with {@code KVM_EXIT_INTERNAL_ERROR}, suberror 1 (emulation).
 *
 * <p>One for each vCPU, used by its thread only. The work of a call is bounded by the longest instruction (an XSAVE area); it
 * never throws on what a guest does: its faults go to the guest, what can not be done comes back as a message.
 */
public final class InstructionAssist {
    private static final int VECTOR_DEBUG = 1;
    private static final int VECTOR_BREAKPOINT = 3;

    private final LinearMemory memory;
    private final Operands operands;
    private final ExtendedState extended = new ExtendedState();
    private final Instruction instruction = new Instruction();
    private final InstructionDecoder decoder = new InstructionDecoder();
    private final XsaveInstructions xsave;
    private final X87Instructions x87;
    private final SystemInstructions system;
    private final IntegerInstructions integers;
    private final VexIntegerInstructions vexIntegers;
    private final VectorInstructions vectors;

    /** For a vCPU of the guest with this memory. */
    public InstructionAssist(GuestMemory guestMemory) {
        memory = new LinearMemory(guestMemory);
        operands = new Operands(memory);
        xsave = new XsaveInstructions(memory, operands, extended);
        x87 = new X87Instructions(memory, operands, extended);
        system = new SystemInstructions(memory, operands, extended);
        integers = new IntegerInstructions(memory, operands);
        vexIntegers = new VexIntegerInstructions(operands);
        vectors = new VectorInstructions(memory, operands, extended);
    }

    /**
     * Does the instruction at RIP, or queues the fault that it raises, on {@code cpu}.
     *
     * @param cpu the stopped vCPU
     */
    public AssistOutcome finish(CpuState cpu) {
        instruction.available = 0;
        instruction.length = 0;
        try {
            return fetchAndExecute(cpu);
        } catch (GuestFault fault) {
            fault.raiseOn(cpu);
            return AssistOutcome.FINISHED;
        } catch (BeyondAssist reason) {
            return unfinishable(cpu, reason.getMessage());
        }
    }

    private AssistOutcome fetchAndExecute(CpuState cpu) {
        memory.begin(cpu);
        extended.begin(cpu);
        boolean longMode = (cpu.efer() & ControlBits.EFER_LMA) != 0 && cpu.codeIsLong();
        InstructionDecoder.Result result = decode(cpu, longMode);
        if (result == InstructionDecoder.Result.TOO_LONG) {
            throw GuestFault.generalProtection();
        }
        operands.begin(cpu, instruction);
        if (result == InstructionDecoder.Result.UNKNOWN) {
            return unfinishable(cpu, "it is not one that jvmm knows");
        }
        long flags = cpu.rflags();
        if (trap(cpu, longMode)) {
            return AssistOutcome.FINISHED;
        }
        if (!execute(cpu)) {
            return unfinishable(cpu, "it is not one that jvmm knows");
        }
        advance(cpu, longMode);
        if ((flags & ControlBits.FLAG_TF) != 0) {
            cpu.raiseSingleStep();
        }
        return AssistOutcome.FINISHED;
    }

    private void advance(CpuState cpu, boolean longMode) {
        long next = cpu.rip() + instruction.length;
        cpu.rip(longMode ? next : next & 0xFFFF_FFFFL);
        if ((cpu.rflags() & ControlBits.FLAG_RF) != 0) {
            cpu.rflags(cpu.rflags() & ~ControlBits.FLAG_RF);
        }
        if ((cpu.rflags() & ControlBits.FLAG_IF) != 0) {
            cpu.retired(); // no interrupt to be held off otherwise, and it costs a system call
        }
    }

    private InstructionDecoder.Result decode(CpuState cpu, boolean longMode) {
        long start = cpu.rip();
        if (longMode) {
            if (!Operands.isCanonical(cpu, start)) {
                throw GuestFault.generalProtection();
            }
        } else {
            start = start + cpu.segmentBase(CpuState.CS) & 0xFFFF_FFFFL;
        }
        int inPage = PageWalk.PAGE_SIZE - (int) (start & PageWalk.PAGE_SIZE - 1);
        fetch(start, Math.min(inPage, Instruction.MAX_LENGTH));
        InstructionDecoder.Result result = decoder.decode(instruction, longMode, cpu.codeIs32Bit());
        if (result == InstructionDecoder.Result.NEEDS_MORE) {
            fetch(start, Instruction.MAX_LENGTH);
            result = decoder.decode(instruction, longMode, cpu.codeIs32Bit());
        }
        return result;
    }

    /** Reads the instruction's bytes up to {@code end}. A page that can not be fetched is the guest's #PF. */
    private void fetch(long start, int end) {
        int from = instruction.available;
        memory.fetch(start + from, instruction.bytes, from, end - from);
        instruction.available = end;
    }

    /** INT3 and INT1: traps, so RIP points behind them. */
    private boolean trap(CpuState cpu, boolean longMode) {
        Instruction in = instruction;
        if (in.map != Instruction.MAP_ONE_BYTE || in.opcode != 0xCC && in.opcode != 0xF1) {
            return false;
        }
        if (in.lock) {
            throw GuestFault.invalidOpcode();
        }
        advance(cpu, longMode);
        cpu.raise(in.opcode == 0xCC ? VECTOR_BREAKPOINT : VECTOR_DEBUG);
        return true;
    }

    private boolean execute(CpuState cpu) {
        Instruction in = instruction;
        if (in.vex) {
            return vexIntegers.execute(cpu, in);
        }
        return switch (in.map) {
            case Instruction.MAP_ONE_BYTE -> in.opcode != 0x90 && x87.execute(cpu, in);
            case Instruction.MAP_0F -> secondMap(cpu);
            case Instruction.MAP_0F38 -> integers.execute(cpu, in);
            default -> false;
        };
    }

    private boolean secondMap(CpuState cpu) {
        Instruction in = instruction;
        return switch (in.opcode) {
            case 0x00, 0x01, 0x0D, 0x18, 0x19, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F -> system.execute(cpu, in);
            case 0x77 -> x87.emms(cpu, in);
            case 0xAE -> extendedGroup(cpu);
            case 0xB8, 0xBC, 0xBD -> integers.execute(cpu, in);
            case 0xC7 -> compareGroup(cpu);
            default -> vectors.execute(cpu, in);
        };
    }

    /** 0F AE: state images, MXCSR, fences and cache lines. */
    private boolean extendedGroup(CpuState cpu) {
        Instruction in = instruction;
        if (in.isRegister() || in.prefix != Instruction.PREFIX_NONE || in.group() == 7) {
            return system.execute(cpu, in);
        }
        return in.group() == 2 || in.group() == 3 ? vectors.execute(cpu, in) : xsave.execute(cpu, in);
    }

    /** 0F C7: CMPXCHG16B, compacted state images, RDPID. */
    private boolean compareGroup(CpuState cpu) {
        Instruction in = instruction;
        if (in.isRegister()) {
            return system.execute(cpu, in);
        }
        if (in.group() == 1) {
            return integers.execute(cpu, in);
        }
        return in.prefix == Instruction.PREFIX_NONE && xsave.execute(cpu, in);
    }

    private AssistOutcome unfinishable(CpuState cpu, String reason) {
        return new AssistOutcome.Unfinishable(Advice.message(cpu, instruction, reason));
    }
}
