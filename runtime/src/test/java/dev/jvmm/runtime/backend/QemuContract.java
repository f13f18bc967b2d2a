package dev.jvmm.runtime.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jvmm.machine.MachineConfig;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.runtime.Hypervisor;
import dev.jvmm.runtime.HypervisorException;
import dev.jvmm.runtime.backend.QemuOptions.Accelerator;
import dev.jvmm.vm.Outcome.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What QEMU does besides, with either accelerator. */
abstract class QemuContract extends HypervisorContract {
    static final Path QEMU = Path.of("/usr/bin/qemu-system-x86_64");

    private final Accelerator accelerator;

    QemuContract(Accelerator accelerator) {
        this.accelerator = accelerator;
    }

    @BeforeAll
    static void needQemu() {
        assumeTrue(Files.isExecutable(QEMU), "no " + QEMU + " on this host");
    }

    @Override
    Hypervisor make() {
        return new QemuHypervisor(new QemuOptions(QEMU, accelerator));
    }

    private static Set<Path> leftovers() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName().toString().startsWith("jvmm-qemu-"))
                    .collect(Collectors.toSet());
        }
    }

    @Test
    void cleanupLeavesNoFiles() throws Exception {
        Set<Path> before = leftovers();
        Hypervisor hypervisor = started(1);
        assertFalse(before.containsAll(leftovers()));
        hypervisor.cleanup();
        assertTrue(before.containsAll(leftovers()));
    }

    @Test
    void aQemuThatIsKilledIsAFailureThatSaysSo() throws Exception {
        Hypervisor hypervisor = started(1);
        ProcessHandle.of(hypervisor.processIds().getFirst()).orElseThrow().destroyForcibly();
        var outcome = hypervisor.await(LONG).orElseThrow();
        assertEquals(Kind.FAILED, outcome.kind());
        assertTrue(outcome.detail().contains("QEMU ended with status 137"), outcome.detail());
    }

    @Test
    void qemusOwnWordsReachThePerson() throws Exception {
        Hypervisor hypervisor = hypervisor();
        Path text = Files.writeString(directory.resolve("text"), "This is no kernel.\n".repeat(1000));
        hypervisor.create(MachineConfig.builder(text).memory(MemoryOptions.ofSize(32L << 20)).build());
        HypervisorException e = assertThrows(HypervisorException.class, () -> hypervisor.start(LONG));
        assertTrue(e.getMessage().startsWith("QEMU could not start the guest: qemu"), e.getMessage());
    }

    @Test
    void memoryIsAllocatedBeforeTheStartWhereAsked() throws Exception {
        Hypervisor hypervisor = hypervisor();
        hypervisor.create(MachineConfig.builder(config(1).kernel())
                .memory(new MemoryOptions(64L << 20, true, false, true, false))
                .build());
        hypervisor.start(LONG);
        assertEquals(TestKernel.GREETING.charAt(0), hypervisor.console().output().read());
    }
}
