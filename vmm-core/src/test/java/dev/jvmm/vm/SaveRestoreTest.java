package dev.jvmm.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.testing.RequiresKvm;
import dev.jvmm.vm.Outcome.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Guests that are saved, made anew and must not notice. */
@RequiresKvm
@Timeout(120)
class SaveRestoreTest {
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
            B0 FE           ; mov al, 0xfe
            E6 64           ; out 0x64, al
            F4              ; hlt
            """;

    private static final long SUM_OF_TICKETS = 20_000L * 20_001 / 2;

    @Test
    void aSumIsRightHoweverOftenTheMachineIsReplaced() throws InterruptedException {
        SavedGuest guest = SavedGuest.of(1, SUM);
        try {
            guest.vm.start();
            int replaced = 0;
            while (guest.last.get() < 0 && replaced < 50) {
                guest = guest.replace();
                replaced++;
            }
            assertEquals(Kind.RESET, guest.vm.await().kind());
            assertEquals(SUM_OF_TICKETS, guest.last.get());
            assertEquals(20_000, guest.tickets.get());
            assertTrue(replaced > 3, "replaced only " + replaced + " times");
        } finally {
            guest.close();
        }
    }
}
