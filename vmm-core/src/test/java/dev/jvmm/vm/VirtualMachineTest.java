package dev.jvmm.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.bus.BusDevice;
import dev.jvmm.kvm.KvmSystem;
import dev.jvmm.kvm.Registers;
import dev.jvmm.kvm.SpecialRegisters;
import dev.jvmm.kvm.SpecialRegisters.Segment;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.testing.RequiresKvm;
import dev.jvmm.vm.Outcome.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whole machines with hand-assembled 16-bit guests. */
@RequiresKvm
class VirtualMachineTest {
    private static final int CODE = 0x1000;
    private static final int COUNTER_PORT = 0x10;
    private static final int RESET_PORT = 0x64;

    /** Writes 300 bytes to the counter's port, then resets. */
    private static final String COUNT_AND_RESET = """
            B9 2C 01     ; mov cx, 300
            E6 10        ; again: out 0x10, al
            E2 FC        ; loop again
            B0 FE        ; mov al, 0xfe
            E6 64        ; out 0x64, al
            F4           ; hlt
            """;

    private static final String SPIN = "EB FE ; jmp $";

    private final AtomicInteger counted = new AtomicInteger();

    private VirtualMachine machine(int processors, String code) {
        GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(2 << 20));
        memory.write(CODE, HexFormat.of().parseHex(code.replaceAll(";[^\n]*", "").replaceAll("\\s", "")));
        VirtualMachine machine = VirtualMachine.create(KvmSystem.open(), memory, processors,
                (vcpu, exit) -> "not expected");
        SpecialRegisters special = new SpecialRegisters();
        machine.vcpu(0).load(special);
        special.setSegment(Segment.CS, 0, 0, 0xFFFF, 0x9B);
        machine.vcpu(0).store(special);
        Registers registers = new Registers();
        registers.setRip(CODE);
        registers.setRflags(2);
        machine.vcpu(0).store(registers);
        machine.ports().add(COUNTER_PORT, 1, onWrite(() -> counted.incrementAndGet()));
        machine.ports().add(RESET_PORT, 1, onWrite(() -> machine.end(Outcome.of(Kind.RESET))));
        return machine;
    }

    private static BusDevice onWrite(Runnable action) {
        return new BusDevice() {
            @Override
            public long read(long offset, int size) {
                return 0;
            }

            @Override
            public void write(long offset, int size, long value) {
                action.run();
            }
        };
    }

    @RepeatedTest(200)
    void everyWriteArrivesOnceHoweverOftenTheVcpuIsKicked() throws InterruptedException {
        try (VirtualMachine machine = machine(1, COUNT_AND_RESET)) {
            Thread pest = new Thread(() -> {
                try {
                    while (!Thread.currentThread().isInterrupted()) {
                        machine.pause();
                        machine.resume();
                        // or the guest may hardly come to its next instruction, for seconds
                        LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(50_000));
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            machine.start();
            pest.start();
            assertEquals(Kind.RESET, machine.await().kind());
            pest.interrupt();
            pest.join();
            assertEquals(300, counted.get());
        }
    }

    @Test
    void aPausedGuestStandsStillAndGoesOn() throws InterruptedException {
        String countForEver = "E6 10 ; out 0x10, al\nEB FC ; jmp back";
        try (VirtualMachine machine = machine(1, countForEver)) {
            machine.start();
            while (counted.get() == 0) {
                Thread.onSpinWait();
            }
            machine.pause();
            int before = counted.get();
            Thread.sleep(20);
            assertEquals(before, counted.get());
            machine.resume();
            while (counted.get() == before) {
                Thread.onSpinWait();
            }
            machine.stop();
            assertEquals(Kind.STOPPED, machine.await().kind());
        }
    }

    @Test
    void processorsBeyondTheFirstWaitForTheGuestToStartThem() throws InterruptedException {
        try (VirtualMachine machine = machine(4, COUNT_AND_RESET)) {
            machine.start();
            assertEquals(Kind.RESET, machine.await().kind());
            assertEquals(300, counted.get());
        }
    }

    @Test
    void theFirstEndCountsAndAStartIsOnce() throws InterruptedException {
        try (VirtualMachine machine = machine(1, SPIN)) {
            machine.start();
            assertThrows(IllegalStateException.class, machine::start);
            machine.end(new Outcome(Kind.FAILED, "first"));
            machine.stop();
            assertEquals(new Outcome(Kind.FAILED, "first"), machine.await());
        }
    }

    @Test
    void closingGivesEverythingBack() throws IOException {
        machine(2, SPIN).close();
        long descriptors = openDescriptors();
        for (int i = 0; i < 20; i++) {
            VirtualMachine machine = machine(2, SPIN);
            machine.start();
            machine.close();
            machine.close();
        }
        assertEquals(descriptors, openDescriptors());
        assertTrue(Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("vcpu")));
    }

    private static long openDescriptors() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }

    @Test
    @Timeout(60)
    void tooManyProcessorsAreRefusedAndNothingStaysOpen() throws IOException {
        machine(1, SPIN).close();
        long descriptors = openDescriptors();
        SystemCallException refused = assertThrows(SystemCallException.class, () -> machine(5000, SPIN));
        assertEquals("KVM_CREATE_VCPU", refused.call());
        assertEquals(descriptors, openDescriptors());
    }
}
