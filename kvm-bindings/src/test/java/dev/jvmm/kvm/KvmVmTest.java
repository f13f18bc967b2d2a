package dev.jvmm.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.EventFd;
import dev.jvmm.testing.RequiresKvm;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** What a machine does without this process: eventfds as interrupts and as doorbells, and the state of its chips. */
@RequiresKvm
class KvmVmTest {
    private static final int IRQ = 5;

    /** Unmasks IRQ 5 in the PIC, says so on port 0x11 and waits; its handler writes 5 to port 0x10. */
    private static final String WAIT_FOR_IRQ_5 = """
            C7 06 94 00 2B 10  ; mov word [0x94], handler   (vector 0x25)
            C7 06 96 00 00 00  ; mov word [0x96], 0
            B0 11 E6 20        ; mov al, 0x11; out 0x20, al  (PIC: initialise)
            B0 20 E6 21        ; mov al, 0x20; out 0x21, al  (vectors from 0x20)
            B0 04 E6 21        ; mov al, 4; out 0x21, al     (the other PIC is on line 2)
            B0 01 E6 21        ; mov al, 1; out 0x21, al     (8086 mode)
            B0 DF E6 21        ; mov al, 0xdf; out 0x21, al  (all masked but line 5)
            FB                 ; sti
            E6 11              ; out 0x11, al
            F4                 ; wait: hlt
            EB FD              ; jmp wait
            90 90 90 90 90     ; nop (5 times)
            B0 05 E6 10        ; handler: mov al, 5; out 0x10, al
            B0 20 E6 20        ; mov al, 0x20; out 0x20, al  (end of interrupt)
            CF                 ; iret
            """;

    @Test
    void anEventFdIsAnInterrupt() {
        try (TestGuest guest = TestGuest.withIrqchip(WAIT_FOR_IRQ_5);
                EventFd line = EventFd.create()) {
            guest.vcpu().attach();
            expectOut(guest.vcpu().run(), 0x11, 0xDF);
            guest.vm.bindIrqfd(line.number(), IRQ);
            for (int i = 0; i < 3; i++) {
                line.signal();
                expectOut(guest.vcpu().run(), 0x10, IRQ);
            }
            guest.vm.unbindIrqfd(line.number(), IRQ);
            guest.vcpu().detach();
        }
    }

    private static void expectOut(VcpuExit exit, int port, int value) {
        VcpuExit.PortIo io = assertInstanceOf(VcpuExit.PortIo.class, exit);
        assertEquals(port, io.port());
        assertEquals(value, io.value(0));
    }

    @Test
    void anInterruptLineIsLevelTriggered() {
        try (TestGuest guest = TestGuest.withIrqchip(WAIT_FOR_IRQ_5)) {
            guest.vcpu().attach();
            expectOut(guest.vcpu().run(), 0x11, 0xDF);
            guest.vm.irqLine(IRQ, true);
            guest.vm.irqLine(IRQ, false);
            expectOut(guest.vcpu().run(), 0x10, IRQ);
            guest.vcpu().detach();
        }
    }

    @Test
    void aWriteRingsAnEventFdInsteadOfEndingTheRun() {
        String code = """
                B8 00 F0           ; mov ax, 0xf000
                8E D8              ; mov ds, ax
                B8 34 12           ; mov ax, 0x1234
                A3 00 80           ; mov [0x8000], ax   (0xf8000: rings)
                40                 ; inc ax
                A3 00 80           ; mov [0x8000], ax   (another value: does not)
                F4                 ; hlt
                """;
        try (TestGuest guest = new TestGuest(1, code);
                EventFd bell = EventFd.create()) {
            guest.vm.bindIoeventfd(bell.number(), 0xF8000, 2, 0x1234);
            guest.vcpu().attach();
            VcpuExit.Mmio other = assertInstanceOf(VcpuExit.Mmio.class, guest.vcpu().run());
            assertEquals(0x1235, other.value());
            assertEquals(1, bell.drain());
            assertInstanceOf(VcpuExit.Halted.class, guest.vcpu().run());
            guest.vcpu().detach();
            guest.vm.unbindIoeventfd(bell.number(), 0xF8000, 2, 0x1234);
        }
    }

    @Test
    void chipsAndClockAreReadAndWritten() {
        try (TestGuest guest = TestGuest.withIrqchip("F4 ; hlt")) {
            for (int chip : new int[]{ KvmVm.CHIP_PIC_MASTER, KvmVm.CHIP_PIC_SLAVE, KvmVm.CHIP_IOAPIC }) {
                ByteBuffer state = guest.vm.irqchip(chip);
                guest.vm.setIrqchip(chip, state);
                assertEquals(state, guest.vm.irqchip(chip));
            }
            guest.vm.createPit();
            guest.vm.setPit(guest.vm.pit());
            guest.vm.setClock(1_000_000_000_000L);
            long clock = guest.vm.clock();
            assertTrue(clock >= 1_000_000_000_000L && clock < 1_100_000_000_000L, clock + " ns");
        }
    }
}
