package dev.jvmm.vm;

import dev.jvmm.bus.BusDevice;
import dev.jvmm.kvm.KvmSystem;
import dev.jvmm.kvm.Registers;
import dev.jvmm.kvm.SpecialRegisters;
import dev.jvmm.kvm.SpecialRegisters.Segment;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.state.StateRecord;
import dev.jvmm.vm.Outcome.Kind;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** A machine with hand-assembled 16-bit code, which can be made anew from its saved state. */
final class SavedGuest implements AutoCloseable {
    static final int CODE = 0x1000;
    static final int SIZE = 2 << 20;

    /** A byte, word or double word written here is kept in {@link #last}. */
    static final int REPORT_PORT = 0x10;

    /** Reads give 1, 2, 3, ... */
    static final int TICKET_PORT = 0x30;

    private static final int RESET_PORT = 0x64;

    final VirtualMachine vm;
    final AtomicLong reports = new AtomicLong();
    final AtomicLong last = new AtomicLong(-1);
    final AtomicLong tickets = new AtomicLong();

    private SavedGuest(GuestMemory memory, int processors) {
        vm = VirtualMachine.create(KvmSystem.open(), memory, processors, new AssistedInstructions(memory, processors));
        vm.ports().add(REPORT_PORT, 4, new Port() {
            @Override
            public void write(long offset, int size, long value) {
                last.set(value);
                reports.incrementAndGet();
            }
        });
        vm.ports().add(TICKET_PORT, 4, new Port());
        vm.ports().add(RESET_PORT, 1, new Port() {
            @Override
            public void write(long offset, int size, long value) {
                vm.end(Outcome.of(Kind.RESET));
            }
        });
    }

    private class Port implements BusDevice {
        @Override
        public long read(long offset, int size) {
            return tickets.incrementAndGet();
        }

        @Override
        public void write(long offset, int size, long value) {}
    }

    /** A fresh machine: every vCPU would begin at the code, those beyond the first wait for a SIPI. */
    static SavedGuest of(int processors, String code) {
        GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(SIZE));
        memory.write(CODE, assemble(code));
        return of(processors, memory);
    }

    /** As {@link #of(int, String)}, with memory that has the code already. */
    static SavedGuest of(int processors, GuestMemory memory) {
        SavedGuest guest = new SavedGuest(memory, processors);
        SpecialRegisters special = new SpecialRegisters();
        guest.vm.vcpu(0).load(special);
        for (Segment segment : new Segment[]{ Segment.DS, Segment.ES, Segment.SS }) {
            special.setSegment(segment, 0, 0, 0xFFFF, 0x93);
        }
        special.setSegment(Segment.CS, 0, 0, 0xFFFF, 0x9B);
        guest.vm.vcpu(0).store(special);
        Registers registers = new Registers();
        registers.setRip(CODE);
        registers.setRflags(2);
        registers.setGpr(Registers.RSP, 0x8000);
        guest.vm.vcpu(0).store(registers);
        return guest;
    }

    /** Real-mode code that writes a 64-bit value to an MSR; changes EAX, ECX and EDX. */
    static String wrmsr(int index, long value) {
        return "66 B9" + hex(index) + "66 B8" + hex((int) value) + "66 BA" + hex((int) (value >> 32)) + "0F 30\n";
    }

    private static String hex(int value) {
        return String.format(" %08X ", Integer.reverseBytes(value));
    }

    /** Waits until the guest has reported so often. */
    void awaitReports(long count) {
        while (reports.get() < count) {
            Thread.onSpinWait();
        }
    }

    static byte[] assemble(String code) {
        return HexFormat.of().parseHex(code.replaceAll(";[^\n]*", "").replaceAll("\\s", ""));
    }

    /** Another machine with this one's state and a copy of its memory; this one rests. */
    SavedGuest copy() {
        List<StateRecord> records = vm.save();
        GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(SIZE));
        memory.write(0, vm.memory().read(0, SIZE));
        SavedGuest copy = new SavedGuest(memory, vm.processors());
        copy.tickets.set(tickets.get());
        copy.reports.set(reports.get());
        copy.last.set(last.get());
        copy.vm.restore(records);
        return copy;
    }

    /** Pauses, copies, closes this one and starts the copy. */
    SavedGuest replace() throws InterruptedException {
        vm.pause();
        SavedGuest copy = copy();
        close();
        copy.vm.start();
        return copy;
    }

    @Override
    public void close() {
        vm.close();
    }
}
