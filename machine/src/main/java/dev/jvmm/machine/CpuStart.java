package dev.jvmm.machine;

import dev.jvmm.boot.InitialCpuState;
import dev.jvmm.kvm.KvmVcpu;
import dev.jvmm.kvm.Registers;
import dev.jvmm.kvm.SpecialRegisters;
import dev.jvmm.kvm.SpecialRegisters.Segment;

/** Gives the first vCPU the state that the boot protocol asks for. */
final class CpuStart {
    private static final long RFLAGS_RESERVED = 2;

    private CpuStart() {}

    static void apply(KvmVcpu vcpu, InitialCpuState state) {
        SpecialRegisters special = new SpecialRegisters();
        vcpu.load(special);
        load(special, Segment.CS, state.code());
        load(special, Segment.DS, state.data());
        load(special, Segment.ES, state.data());
        load(special, Segment.FS, state.data());
        load(special, Segment.GS, state.data());
        load(special, Segment.SS, state.data());
        load(special, Segment.TR, state.task());
        special.setGdt(state.gdtBase(), state.gdtLimit());
        special.setIdt(state.idtBase(), state.idtLimit());
        special.setCr0(state.cr0());
        special.setCr3(state.cr3());
        special.setCr4(state.cr4());
        special.setEfer(state.efer());
        vcpu.store(special);
        Registers registers = new Registers();
        registers.setRip(state.rip());
        registers.setGpr(Registers.RSP, state.rsp());
        registers.setGpr(Registers.RSI, state.rsi());
        registers.setGpr(Registers.RBX, state.rbx());
        registers.setRflags(RFLAGS_RESERVED);
        vcpu.store(registers);
    }

    private static void load(SpecialRegisters special, Segment register, dev.jvmm.boot.Segment segment) {
        int attributes = segment.type()
                | bit(segment.s(), 4)
                | segment.dpl() << 5
                | bit(segment.present(), 7)
                | bit(segment.l(), 13)
                | bit(segment.db(), 14)
                | bit(segment.g(), 15);
        special.setSegment(register, segment.selector(), segment.base(), (int) segment.limit(), attributes);
    }

    private static int bit(boolean value, int at) {
        return value ? 1 << at : 0;
    }
}
