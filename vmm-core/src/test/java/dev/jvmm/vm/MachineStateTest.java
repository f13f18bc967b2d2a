package dev.jvmm.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.kvm.CpuidTable;
import dev.jvmm.kvm.CpuidTable.Register;
import dev.jvmm.kvm.KvmSystem;
import dev.jvmm.kvm.KvmVcpu;
import dev.jvmm.kvm.MsrList;
import dev.jvmm.kvm.Registers;
import dev.jvmm.kvm.VcpuState;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.state.StateException;
import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateRecord;
import dev.jvmm.state.StateWriter;
import dev.jvmm.state.Stateful;
import dev.jvmm.testing.RequiresKvm;
import dev.jvmm.vm.Outcome.Kind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is in a machine's records, when they can be had, and what becomes of forged ones. */
@RequiresKvm
@Timeout(120)
class MachineStateTest {
    private static final String SPIN = "EB FE ; jmp $";
    private static final String COUNT_FOR_EVER = "E6 10 ; out 0x10, al\nEB FC ; jmp back";

    private static final int TSC = 0x10;
    private static final int[] OWN_MSRS = { 0x174, 0x175, 0x176, 0xC000_0081, 0xC000_0082, 0xC000_0102 };

    private static ByteBuffer piece(KvmVcpu vcpu, VcpuState state) {
        ByteBuffer buffer = NativeBuffers.allocate(state.size());
        vcpu.load(state, buffer);
        return buffer;
    }

    private static void fill(KvmVcpu vcpu) {
        Registers registers = new Registers();
        vcpu.load(registers);
        for (int i = 0; i < 16; i++) {
            registers.setGpr(i, 0x0101_0101_0101_0101L * (i + 1));
        }
        vcpu.store(registers);
        ByteBuffer xcrs = piece(vcpu, VcpuState.XCRS);
        xcrs.putLong(16, 7);
        vcpu.store(VcpuState.XCRS, xcrs);
        ByteBuffer xsave = piece(vcpu, VcpuState.XSAVE);
        for (int at = 160; at < 416; at++) {
            xsave.put(at, (byte) at); // XMM0 to XMM15
        }
        for (int at = 576; at < 832; at++) {
            xsave.put(at, (byte) (at + 7)); // the upper halves of YMM0 to YMM15
        }
        xsave.putLong(512, 7);
        vcpu.store(VcpuState.XSAVE, xsave);
        ByteBuffer debug = piece(vcpu, VcpuState.DEBUGREGS);
        debug.putLong(0, 0x1234_5678);
        vcpu.store(VcpuState.DEBUGREGS, debug);
        MsrList msrs = new MsrList(OWN_MSRS);
        for (int i = 0; i < OWN_MSRS.length; i++) {
            msrs.setValue(i, 0x1000L * (i + 1));
        }
        assertEquals(OWN_MSRS.length, vcpu.store(msrs));
    }

    @Test
    void everyRegisterComesBack() {
        try (SavedGuest original = SavedGuest.of(2, SPIN)) {
            KvmVcpu one = original.vm.vcpu(0);
            fill(one);
            try (SavedGuest copy = original.copy()) {
                for (int id = 0; id < 2; id++) {
                    for (VcpuState state : VcpuState.values()) {
                        assertEquals(piece(original.vm.vcpu(id), state), piece(copy.vm.vcpu(id), state),
                                "vCPU " + id + " " + state);
                    }
                    assertEquals(original.vm.vcpu(id).cpuid().entries(), copy.vm.vcpu(id).cpuid().entries());
                    assertEquals(original.vm.vcpu(id).tscKhz(), copy.vm.vcpu(id).tscKhz());
                }
                int[] indices;
                try (KvmSystem kvm = KvmSystem.open()) {
                    indices = kvm.stateMsrs();
                }
                MsrList before = Msrs.read(one, indices);
                MsrList after = Msrs.read(copy.vm.vcpu(0), indices);
                assertEquals(before.size(), after.size());
                for (int i = 0; i < before.size(); i++) {
                    assertEquals(before.index(i), after.index(i));
                    if (before.index(i) == TSC) {
                        assertTrue(after.value(i) > 0);
                    } else {
                        assertEquals(before.value(i), after.value(i), "MSR 0x" + Integer.toHexString(before.index(i)));
                    }
                }
            }
        }
    }

    @Test
    void onlyAMachineAtRestIsSaved() throws InterruptedException {
        try (SavedGuest guest = SavedGuest.of(2, COUNT_FOR_EVER)) {
            List<StateRecord> records = guest.vm.save();
            assertEquals(List.of("vcpu0", "vcpu1", "chips"), records.stream().map(StateRecord::name).toList());
            guest.vm.start();
            assertThrows(IllegalStateException.class, guest.vm::save);
            assertThrows(IllegalStateException.class, () -> guest.vm.restore(records));
            guest.vm.pause();
            assertEquals(3, guest.vm.save().size());
            guest.vm.resume();
            assertThrows(IllegalStateException.class, guest.vm::save);
            guest.vm.stop();
            guest.vm.awaitVcpus();
            assertEquals(3, guest.vm.save().size());
            guest.vm.close();
            assertThrows(IllegalStateException.class, guest.vm::save);
        }
    }

    @Test
    void onlyACpuThatWaitsForAnInterruptIsNotRunnable() throws InterruptedException {
        try (SavedGuest guest = SavedGuest.of(2, "E6 10 ; out 0x10, al\nF4 ; hlt")) {
            guest.vm.start();
            guest.awaitReports(1);
            guest.vm.pause();
            assertFalse(guest.vm.vcpu(1).isRunnable());
            while (guest.vm.vcpu(0).isRunnable()) {
                guest.vm.resume();
                Thread.sleep(1);
                guest.vm.pause();
            }
        }
        try (SavedGuest guest = SavedGuest.of(2, COUNT_FOR_EVER)) {
            guest.vm.start();
            guest.awaitReports(1);
            guest.vm.pause();
            assertTrue(guest.vm.vcpu(0).isRunnable());
        }
    }

    @Test
    void aMachineStartsPausedWhenItIsPausedFirst() throws InterruptedException {
        try (SavedGuest guest = SavedGuest.of(2, COUNT_FOR_EVER)) {
            guest.vm.pause();
            guest.vm.start();
            guest.vm.pause();
            assertEquals(0, guest.reports.get());
            guest.vm.resume();
            guest.awaitReports(2);
        }
    }

    @RepeatedTest(100)
    void anEndDuringAPauseHoldsNobodyUp() throws InterruptedException {
        String countAndReset = "B9 20 00 ; mov cx, 32\nE6 10 ; out\nE2 FC ; loop\nB0 FE E6 64 ; reset\nF4";
        try (SavedGuest guest = SavedGuest.of(2, countAndReset)) {
            guest.vm.start();
            while (guest.reports.get() < 20) {
                Thread.onSpinWait();
            }
            guest.vm.pause();
            guest.vm.resume();
            guest.vm.pause();
            guest.vm.save();
            guest.vm.resume();
            assertEquals(Kind.RESET, guest.vm.await().kind());
            guest.vm.pause();
            assertEquals(32, guest.reports.get());
        }
    }

    /** A device with one number. */
    private static final class Number implements Stateful {
        private int value;

        Number(int value) {
            this.value = value;
        }

        @Override
        public int stateVersion() {
            return 1;
        }

        @Override
        public void save(StateWriter out) {
            out.int32(value);
        }

        @Override
        public void restore(StateReader in) {
            value = in.int32();
        }
    }

    @Test
    void devicesAreRestoredWithTheMachine() {
        try (SavedGuest original = SavedGuest.of(1, SPIN); SavedGuest copy = SavedGuest.of(1, SPIN)) {
            original.vm.parts().add("thing", new Number(42));
            Number thing = new Number(0);
            copy.vm.parts().add("thing", thing);
            copy.vm.restore(original.vm.save());
            assertEquals(42, thing.value);
        }
    }

    private static void refused(String message, int processors, List<StateRecord> records) {
        try (SavedGuest victim = SavedGuest.of(processors, SPIN)) {
            StateException refused = assertThrows(StateException.class, () -> victim.vm.restore(records));
            assertTrue(refused.getMessage().contains(message), refused.getMessage());
        }
    }

    @Test
    void recordsOfAnotherMachineAreRefused() {
        List<StateRecord> records;
        try (SavedGuest guest = SavedGuest.of(2, SPIN)) {
            records = guest.vm.save();
        }
        refused("has a part vcpu1 that this machine does not", 1, records);
        refused("nothing of this machine's vcpu2", 3, records);
        refused("nothing of this machine's chips", 2, records.subList(0, 2));
        List<StateRecord> twice = new ArrayList<>(records);
        twice.add(records.getFirst());
        refused("vcpu0", 2, twice);
        List<StateRecord> more = new ArrayList<>(records);
        more.add(new StateRecord("com1", 1, new byte[0]));
        refused("com1", 2, more);
    }

    @Test
    void forgedRecordsAreRefusedOrMakeALegalMachine() throws InterruptedException {
        List<StateRecord> records;
        try (SavedGuest guest = SavedGuest.of(1, SPIN)) {
            records = guest.vm.save();
        }
        for (int seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            List<StateRecord> forged = new ArrayList<>(records);
            int victim = random.nextInt(records.size());
            StateRecord record = records.get(victim);
            byte[] bytes = seed % 4 == 0
                    ? Arrays.copyOf(record.bytes(), random.nextInt(record.bytes().length))
                    : record.bytes().clone();
            for (int i = random.nextInt(8); i >= 0 && bytes.length > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            forged.set(victim, new StateRecord(record.name(), record.version(), bytes));
            try (SavedGuest guest = SavedGuest.of(1, SPIN)) {
                try {
                    guest.vm.restore(forged);
                } catch (StateException e) {
                    continue;
                }
                guest.vm.start();
                guest.vm.pause();
            }
        }
    }

    @Test
    void aProcessorThatThisHostHasNotIsRefusedByItsLeaf() {
        try (SavedGuest guest = SavedGuest.of(1, SPIN)) {
            CpuidTable own = guest.vm.vcpu(0).cpuid();
            CpuidFit.check(0, own, own);
            CpuidTable saved = guest.vm.vcpu(0).cpuid();
            int leaf = saved.find(7, 0);
            saved.setValue(leaf, Register.EBX, -1);
            int missing = ~own.value(leaf, Register.EBX);
            StateException features = assertThrows(StateException.class, () -> CpuidFit.check(3, saved, own));
            assertEquals("the state of vcpu3 is of another processor: CPUID leaf 0x7.0 EBX bits 0x"
                    + Integer.toHexString(missing) + ", which this host's processor lacks", features.getMessage());
            CpuidTable other = guest.vm.vcpu(0).cpuid();
            other.setValue(other.find(0, 0), Register.ECX, 0x444D_4163);
            other.setValue(other.find(0, 0), Register.EBX, 0x6874_7542);
            StateException vendor = assertThrows(StateException.class, () -> CpuidFit.check(0, other, own));
            assertTrue(vendor.getMessage().contains("leaf 0x0.0 EBX = 0x68747542"), vendor.getMessage());
            CpuidTable less = guest.vm.vcpu(0).cpuid();
            less.setValue(leaf, Register.EBX, 0);
            CpuidFit.check(0, less, own);
        }
    }
}
