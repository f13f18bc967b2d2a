package dev.jvmm.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.testing.RequiresKvm;
import dev.jvmm.vm.Outcome.Kind;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The memory file of a clone is cut short by force while the clone runs: the machine ends with a reason, and nothing crashes. */
@RequiresKvm
@Timeout(20)
class CutMemoryTest {
    /** Reports for ever what it finds at 0xF0000. */
    private static final String READS = """
            B8 00 F0        ; mov ax, 0xf000
            8E D8           ; mov ds, ax
            66 A1 00 00     ; again: mov eax, [0]
            66 E7 10        ; out 0x10, eax
            EB F7           ; jmp again
            """;

    private static final String WRITES = """
            B8 00 F0        ; mov ax, 0xf000
            8E D8           ; mov ds, ax
            66 A3 00 00     ; again: mov [0], eax
            66 E7 10        ; out 0x10, eax
            EB F7           ; jmp again
            """;

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({ "READS, 32768", "WRITES, 32768", "READS, 0", "WRITES, 0", "READS, 4096" })
    void theMachineEndsWithAReason(String code, long left) throws IOException, InterruptedException {
        Path path = folder.resolve("memory");
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(SavedGuest.SIZE);
            file.seek(SavedGuest.CODE);
            file.write(SavedGuest.assemble(code.equals("READS") ? READS : WRITES));
            GuestMemory memory = GuestMemory.ofFile(
                    FileDescriptor.open(path.toString(), FileDescriptor.O_RDONLY),
                    MemoryOptions.ofSize(SavedGuest.SIZE));
            try (SavedGuest guest = SavedGuest.of(1, memory)) {
                guest.vm.start();
                guest.awaitReports(100);
                file.setLength(left);
                Outcome outcome = guest.vm.await();
                assertEquals(Kind.FAILED, outcome.kind());
                assertTrue(outcome.detail().contains("cut short"), outcome.detail());
            }
        }
    }
}
