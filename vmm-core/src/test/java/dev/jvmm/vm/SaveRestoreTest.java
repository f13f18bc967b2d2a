package dev.jvmm.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.testing.RequiresKvm;
import dev.jvmm.vm.Outcome.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Guests that are saved while they work, made anew and must not notice. */
@RequiresKvm
@Timeout(120)
class SaveRestoreTest {
    private static final int ROUNDS = 50;

    private static final String RESET = """
            B0 FE           ; mov al, 0xfe
            E6 64           ; out 0x64, al
            F4              ; hlt
            """;

    /** Adds 20,000 tickets up in EDI and reports the sum. */
    private static final String SUM = """
            B9 20 4E        ; mov cx, 20000
            66 31 FF        ; xor edi, edi
            66 31 C0        ; again: xor eax, eax
            E5 30           ; in ax, 0x30
            66 01 C7        ; add edi, eax
            E2 F6           ; loop again
            66 89 F8        ; mov eax, edi
            66 E7 10        ; out 0x10, eax
            """ + RESET;

    private static final long SUM_OF_TICKETS = 20_000L * 20_001 / 2;

    /** Reports 1 if the time-stamp counter never goes back in 60,000 looks, else 2. */
    private static final String CLOCK = """
            B9 60 EA        ; mov cx, 60000
            66 31 F6        ; xor esi, esi
            66 31 FF        ; xor edi, edi
            0F 31           ; again: rdtsc
            66 39 F2        ; cmp edx, esi
            72 16           ; jb back
            77 05           ; ja on
            66 39 F8        ; cmp eax, edi
            72 0F           ; jb back
            66 89 D6        ; on: mov esi, edx
            66 89 C7        ; mov edi, eax
            E2 E9           ; loop again
            66 B8 01 00 00 00  ; mov eax, 1
            EB 06           ; jmp tell
            66 B8 02 00 00 00  ; back: mov eax, 2
            66 E7 10        ; tell: out 0x10, eax
            """ + RESET;

    /** The other processors count to 60,000 in one place; the first reports the count once it is complete. */
    private static final String COUNT_TOGETHER = enableX2Apic() + SavedGuest.wrmsr(0x830, 0xC_4500)
            + SavedGuest.wrmsr(0x830, 0xC_4602) + """
                    66 A1 00 07     ; again: mov eax, [0x700]
                    66 3D 60 EA 00 00  ; cmp eax, 60000
                    75 F4           ; jne again
                    66 E7 10        ; out 0x10, eax
                    """ + RESET;

    private static final int OTHERS = 0x2000;

    private static final String COUNT = """
            B9 20 4E        ; mov cx, 20000
            F0 66 FF 06 00 07  ; again: lock inc dword [0x700]
            E2 F8           ; loop again
            FA              ; cli
            F4              ; hlt
            """;

    private static String enableX2Apic() {
        return SavedGuest.wrmsr(0x1B, 0xFEE0_0D00L) + SavedGuest.wrmsr(0x80F, 0x1FF);
    }

    /** Replaces a machine by its copy as long as it runs, {@link #ROUNDS} times at most; returns the last, ended. */
    private static SavedGuest replaceUntilTheEnd(SavedGuest first, int least) throws InterruptedException {
        SavedGuest guest = first;
        guest.vm.start();
        int replaced = 0;
        long clock = 0;
        while (guest.reports.get() == 0 && replaced < ROUNDS) {
            guest = guest.replace();
            replaced++;
            long now = guest.vm.kvm().clock();
            assertTrue(now > clock, "kvmclock went from " + clock + " to " + now);
            clock = now;
        }
        assertEquals(Kind.RESET, guest.vm.await().kind());
        assertTrue(replaced >= least, "replaced only " + replaced + " times");
        return guest;
    }

    @Test
    void aSumIsRightHoweverOftenTheMachineIsReplaced() throws InterruptedException {
        try (SavedGuest guest = replaceUntilTheEnd(SavedGuest.of(1, SUM), 4)) {
            assertEquals(SUM_OF_TICKETS, guest.last.get());
            assertEquals(20_000, guest.tickets.get());
        }
    }

    @Test
    void theTimeStampCounterNeverGoesBack() throws InterruptedException {
        try (SavedGuest guest = replaceUntilTheEnd(SavedGuest.of(1, CLOCK), 4)) {
            assertEquals(1, guest.last.get());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = { 4, 16 })
    void processorsThatCountTogetherMissNothing(int processors) throws InterruptedException {
        SavedGuest first = SavedGuest.of(processors, COUNT_TOGETHER);
        first.vm.memory().write(OTHERS, SavedGuest.assemble(COUNT.replace("20 4E", each(processors))));
        try (SavedGuest guest = replaceUntilTheEnd(first, 2)) {
            assertEquals(60_000, guest.last.get());
        }
    }

    /** 60,000 among all but the first. */
    private static String each(int processors) {
        return String.format("%04X", Short.toUnsignedInt(Short.reverseBytes((short) (60_000 / (processors - 1)))));
    }

    /** IVT entry 0x20 leads to the handler at 0x3000, which counts, reports and acknowledges; the rest waits. */
    private static String interrupted(String timer) {
        return """
                FA              ; cli
                C7 06 80 00 00 30  ; mov word [0x80], 0x3000
                C7 06 82 00 00 00  ; mov word [0x82], 0
                """ + timer + """
                FB              ; again: sti
                F4              ; hlt
                EB FC           ; jmp again
                """;
    }

    private static final String COUNT_AND_REPORT = """
            66 FF 06 00 06  ; inc dword [0x600]
            66 A1 00 06     ; mov eax, [0x600]
            66 E7 10        ; out 0x10, eax
            """;

    private static final String PIC_AND_PIT = """
            B0 11 E6 20     ; first PIC: begin
            B0 20 E6 21     ; vectors from 0x20
            B0 04 E6 21     ; the second is at line 2
            B0 01 E6 21     ; 8086 mode
            B0 FE E6 21     ; line 0 only
            B0 34 E6 43     ; PIT: counter 0, rate generator
            B0 9C E6 40     ; 11,932: 10 ms
            B0 2E E6 40
            """;

    private static final String PIC_DONE = "B0 20 E6 20 CF ; end of interrupt, iret";
    private static final String APIC_DONE = SavedGuest.wrmsr(0x80B, 0) + "CF ; iret";

    /** Periodic, every 10 ms of KVM's 1 GHz. */
    private static final String APIC_PERIODIC = enableX2Apic() + SavedGuest.wrmsr(0x83E, 0xB)
            + SavedGuest.wrmsr(0x832, 0x2_0020) + SavedGuest.wrmsr(0x838, 10_000_000);

    /** At a deadline, 2^24 ticks of the time-stamp counter from now. */
    private static final String NEXT_DEADLINE = """
            0F 31           ; rdtsc
            66 05 00 00 00 01  ; add eax, 1 << 24
            66 83 D2 00     ; adc edx, 0
            66 B9 E0 06 00 00  ; mov ecx, 0x6e0
            0F 30           ; wrmsr
            """;

    private static final String APIC_DEADLINE = enableX2Apic() + SavedGuest.wrmsr(0x832, 0x4_0020) + NEXT_DEADLINE;

    private static void interruptsGoOn(String timer, String done) throws InterruptedException {
        SavedGuest guest = SavedGuest.of(1, interrupted(timer));
        guest.vm.memory().write(0x3000, SavedGuest.assemble(COUNT_AND_REPORT + done));
        try {
            guest.vm.start();
            for (int round = 0; round < 10; round++) {
                guest.awaitReports(guest.reports.get() + 2);
                guest = guest.replace();
            }
            guest.awaitReports(guest.reports.get() + 2);
            guest.vm.pause();
            assertEquals(guest.reports.get(), guest.last.get(), "each interrupt is counted once");
        } finally {
            guest.close();
        }
    }

    @Test
    void theOldTimersInterruptsGoOn() throws InterruptedException {
        interruptsGoOn(PIC_AND_PIT, PIC_DONE);
    }

    @Test
    void thePeriodicTimersInterruptsGoOn() throws InterruptedException {
        interruptsGoOn(APIC_PERIODIC, APIC_DONE);
    }

    @Test
    void theDeadlineTimersInterruptsGoOn() throws InterruptedException {
        interruptsGoOn(APIC_DEADLINE, NEXT_DEADLINE + APIC_DONE);
    }
}
