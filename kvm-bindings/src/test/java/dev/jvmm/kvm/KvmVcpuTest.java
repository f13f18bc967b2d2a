package dev.jvmm.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.testing.RequiresKvm;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Hand-assembled guests on the real {@code /dev/kvm}. */
@RequiresKvm
class KvmVcpuTest {
    private static final int EXITS_A_ROUND = 10_000;
    private static final int MOST_ROUNDS = 40;

    private static final String SPIN = "EB FE ; jmp $";

    private static final String OUT_FOR_EVER = """
            BA 80 00  ; mov dx, 0x80
            EE        ; out dx, al
            EB FD     ; jmp out
            """;

    @Test
    void portWritesCarryPortSizeAndValue() {
        String code = """
                B0 42        ; mov al, 0x42
                E6 10        ; out 0x10, al
                B8 34 12     ; mov ax, 0x1234
                BA F8 03     ; mov dx, 0x3f8
                EF           ; out dx, ax
                F4           ; hlt
                """;
        try (TestGuest guest = new TestGuest(1, code)) {
            guest.vcpu().attach();
            expectOut(guest.vcpu().run(), 0x10, 1, 0x42);
            expectOut(guest.vcpu().run(), 0x3F8, 2, 0x1234);
            assertInstanceOf(VcpuExit.Halted.class, guest.vcpu().run());
            guest.vcpu().detach();
        }
    }

    private static void expectOut(VcpuExit exit, int port, int size, int value) {
        VcpuExit.PortIo io = assertInstanceOf(VcpuExit.PortIo.class, exit);
        assertTrue(io.isWrite());
        assertEquals(port, io.port());
        assertEquals(size, io.size());
        assertEquals(1, io.count());
        assertEquals(value, io.value(0));
    }

    @Test
    void portReadsReachTheGuest() {
        String code = """
                E4 20        ; in al, 0x20
                04 01        ; add al, 1
                E6 21        ; out 0x21, al
                """;
        try (TestGuest guest = new TestGuest(1, code)) {
            guest.vcpu().attach();
            VcpuExit.PortIo in = assertInstanceOf(VcpuExit.PortIo.class, guest.vcpu().run());
            assertFalse(in.isWrite());
            in.setValue(0, 0x1FF);
            expectOut(guest.vcpu().run(), 0x21, 1, 0);
            guest.vcpu().detach();
        }
    }

    @Test
    void stringOutputMovesEveryValue() {
        String code = """
                BE 00 20     ; mov si, 0x2000
                B9 04 00     ; mov cx, 4
                BA 55 00     ; mov dx, 0x55
                F3 6E        ; rep outsb
                F4           ; hlt
                """;
        try (TestGuest guest = new TestGuest(1, code)) {
            guest.memory.view(0x2000, 4).put(new byte[]{ 1, 2, 3, 4 });
            guest.vcpu().attach();
            int expected = 1;
            while (guest.vcpu().run() instanceof VcpuExit.PortIo io) {
                for (int i = 0; i < io.count(); i++) {
                    assertEquals(expected++, io.value(i));
                }
            }
            assertEquals(5, expected);
            guest.vcpu().detach();
        }
    }

    @Test
    void mmioReadsAndWrites() {
        String code = """
                B8 00 F0           ; mov ax, 0xf000
                8E D8              ; mov ds, ax
                A1 00 80           ; mov ax, [0x8000]   (0xf8000: no memory there)
                40                 ; inc ax
                A3 02 80           ; mov [0x8002], ax
                F4                 ; hlt
                """;
        try (TestGuest guest = new TestGuest(1, code)) {
            guest.vcpu().attach();
            VcpuExit.Mmio read = assertInstanceOf(VcpuExit.Mmio.class, guest.vcpu().run());
            assertFalse(read.isWrite());
            assertEquals(0xF8000, read.address());
            assertEquals(2, read.size());
            read.setValue(0x1233);
            VcpuExit.Mmio write = assertInstanceOf(VcpuExit.Mmio.class, guest.vcpu().run());
            assertTrue(write.isWrite());
            assertEquals(0xF8002, write.address());
            assertEquals(0x1234, write.value());
            assertInstanceOf(VcpuExit.Halted.class, guest.vcpu().run());
            guest.vcpu().detach();
        }
    }

    @Test
    void aTripleFaultIsAShutdown() {
        try (TestGuest guest = new TestGuest(1, "0F 0B ; ud2, and no interrupt table")) {
            guest.enterProtectedMode();
            guest.vcpu().attach();
            assertInstanceOf(VcpuExit.Shutdown.class, guest.vcpu().run());
            guest.vcpu().detach();
        }
    }

    @Test
    void registersComeAndGo() {
        try (TestGuest guest = new TestGuest(1, "40 ; inc ax\nF4 ; hlt")) {
            Registers registers = new Registers();
            guest.vcpu().load(registers);
            registers.setGpr(Registers.RAX, 0x41);
            guest.vcpu().store(registers);
            guest.vcpu().attach();
            assertInstanceOf(VcpuExit.Halted.class, guest.vcpu().run());
            guest.vcpu().detach();
            guest.vcpu().load(registers);
            assertEquals(0x42, registers.gpr(Registers.RAX));
            assertEquals(TestGuest.CODE + 2, registers.rip());
        }
    }

    @Test
    void aKickFromAnotherThreadEndsARun() throws InterruptedException {
        try (TestGuest guest = new TestGuest(1, SPIN)) {
            for (int i = 0; i < 20; i++) {
                AtomicReference<VcpuExit> exit = new AtomicReference<>();
                CountDownLatch attached = new CountDownLatch(1);
                Thread thread = new Thread(
                        () -> {
                            guest.vcpu().attach();
                            attached.countDown();
                            exit.set(guest.vcpu().run());
                            guest.vcpu().detach();
                        },
                        "vcpu0");
                thread.start();
                assertTrue(attached.await(10, TimeUnit.SECONDS));
                guest.vcpu().kick();
                assertTrue(thread.join(java.time.Duration.ofSeconds(10)));
                assertInstanceOf(VcpuExit.Interrupted.class, exit.get());
            }
        }
    }

    @Test
    void aKickBeforeTheRunIsNotLostAndOneAfterDetachHarmsNobody() {
        try (TestGuest guest = new TestGuest(1, SPIN)) {
            guest.vcpu().attach();
            guest.vcpu().kick();
            assertInstanceOf(VcpuExit.Interrupted.class, guest.vcpu().run());
            guest.vcpu().detach();
            guest.vcpu().kick();
        }
    }

    @Test
    void fourProcessorsCountTogether() throws InterruptedException {
        String code = """
                B9 64 00           ; mov cx, 100
                F0 FF 06 00 20     ; again: lock inc word [0x2000]
                E2 F9              ; loop again
                F4                 ; hlt
                """;
        try (TestGuest guest = new TestGuest(4, code)) {
            AtomicInteger halted = new AtomicInteger();
            Thread[] threads = new Thread[4];
            for (int i = 0; i < 4; i++) {
                KvmVcpu vcpu = guest.vcpus.get(i);
                threads[i] = new Thread(
                        () -> {
                            vcpu.attach();
                            VcpuExit exit = vcpu.run();
                            while (exit instanceof VcpuExit.Interrupted) {
                                exit = vcpu.run();
                            }
                            if (exit instanceof VcpuExit.Halted) {
                                halted.incrementAndGet();
                            }
                            vcpu.detach();
                        },
                        "vcpu" + i);
                threads[i].start();
            }
            for (Thread thread : threads) {
                assertTrue(thread.join(java.time.Duration.ofSeconds(20)));
            }
            assertEquals(4, halted.get());
            assertEquals(400, guest.memory.view(0x2000, 2).getShort(0));
        }
    }

    /** The first rounds are interpreted, and the interpreter boxes; what counts is that it ends. */
    @Test
    void theLoopAllocatesNothingOnceCompiled() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        CountingVisitor visitor = new CountingVisitor();
        long bytes = Long.MAX_VALUE;
        try (TestGuest guest = new TestGuest(1, OUT_FOR_EVER)) {
            guest.vcpu().attach();
            int rounds = 0;
            while (bytes != 0 && rounds++ < MOST_ROUNDS) {
                long before = threads.getCurrentThreadAllocatedBytes();
                exits(guest.vcpu(), visitor, EXITS_A_ROUND);
                bytes = threads.getCurrentThreadAllocatedBytes() - before;
            }
            guest.vcpu().detach();
            assertEquals(rounds * EXITS_A_ROUND, visitor.exits);
        }
        assertEquals(0, bytes);
    }

    private static void exits(KvmVcpu vcpu, CountingVisitor visitor, int count) {
        for (int i = 0; i < count; i++) {
            vcpu.run().accept(visitor);
        }
    }

    @Test
    void errorsNameTheCall() {
        try (TestGuest guest = new TestGuest(1, SPIN)) {
            SystemCallException twice = assertThrows(SystemCallException.class, () -> guest.vm.createVcpu(0));
            assertEquals("KVM_CREATE_VCPU", twice.call());
            SystemCallException odd = assertThrows(SystemCallException.class,
                    () -> guest.vm.setMemory(1, false, 1, 1, 1));
            assertTrue(odd.getMessage().contains("EINVAL"), odd.getMessage());
        }
    }
}
