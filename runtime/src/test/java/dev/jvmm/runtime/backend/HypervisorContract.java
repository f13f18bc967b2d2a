package dev.jvmm.runtime.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.machine.MachineConfig;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.runtime.Console;
import dev.jvmm.runtime.Hypervisor;
import dev.jvmm.runtime.HypervisorException;
import dev.jvmm.vm.Outcome;
import dev.jvmm.vm.Outcome.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What every backend does, told by the guest of {@link TestKernel}. */
@Timeout(120)
abstract class HypervisorContract {
    static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration SHORT = Duration.ofMillis(20);

    @TempDir
    Path directory;

    private final List<Hypervisor> made = new ArrayList<>();
    private Path kernel;

    /** A backend for one guest. */
    abstract Hypervisor make();

    @BeforeEach
    void writeKernel() throws IOException {
        kernel = TestKernel.write(directory.resolve("kernel, with a comma"));
    }

    @AfterEach
    void cleanUp() {
        made.forEach(Hypervisor::cleanup);
    }

    final Hypervisor hypervisor() {
        Hypervisor hypervisor = make();
        made.add(hypervisor);
        return hypervisor;
    }

    final MachineConfig config(int cpus) {
        return MachineConfig.builder(kernel)
                .cpus(cpus)
                .memory(MemoryOptions.ofSize(32L << 20))
                .commandLine("console=ttyS0 a=b,c")
                .build();
    }

    final Hypervisor started(int cpus) throws InterruptedException {
        Hypervisor hypervisor = hypervisor();
        hypervisor.create(config(cpus));
        hypervisor.start(LONG);
        return hypervisor;
    }

    private static void assertReads(String expected, Console console) throws IOException {
        byte[] bytes = console.output().readNBytes(expected.length());
        assertEquals(expected, new String(bytes, StandardCharsets.US_ASCII));
    }

    private static void type(String text, Console console) throws IOException {
        console.input().write(text.getBytes(StandardCharsets.US_ASCII));
        console.input().flush();
    }

    private static Kind end(Hypervisor hypervisor) throws InterruptedException {
        Optional<Outcome> outcome = hypervisor.await(LONG);
        assertTrue(outcome.isPresent(), "the guest does not end");
        return outcome.get().kind();
    }

    @Test
    void thisHostCanRunIt() {
        Hypervisor hypervisor = hypervisor();
        hypervisor.check();
        assertEquals(hypervisor.capabilities(), hypervisor().capabilities());
        assertEquals(hypervisor.name(), hypervisor().name());
    }

    @Test
    void theConsoleShowsEveryByteAndTakesInput() throws Exception {
        Console console = started(1).console();
        assertReads(TestKernel.GREETING, console);
        type("x", console);
        assertReads("x", console);
        String more = "now is the time for all good men to come to the aid of their land, and again";
        type(more, console);
        assertReads(more, console);
    }

    @Test
    void theConsoleIsOnePairOfStreams() throws Exception {
        Hypervisor hypervisor = started(1);
        assertSame(hypervisor.console().output(), hypervisor.console().output());
        assertSame(hypervisor.console().input(), hypervisor.console().input());
    }

    @Test
    void aGuestThatResetsItselfEnds() throws Exception {
        Hypervisor hypervisor = started(1);
        Console console = hypervisor.console();
        type("abq", console);
        assertEquals(Kind.RESET, end(hypervisor));
        assertReads(TestKernel.GREETING + "ab", hypervisor.console());
        assertEquals(-1, console.output().read());
        assertThrows(IOException.class, () -> typeUntilRefused(console));
        assertEquals(List.of(), hypervisor.processIds());
        assertEquals(Map.of(), hypervisor.vcpuThreadIds());
        hypervisor.stop();
        assertEquals(Kind.RESET, end(hypervisor));
    }

    @Test
    void aPanicIsToldFromAReset() throws Exception {
        Hypervisor hypervisor = started(1);
        type("p", hypervisor.console());
        assertEquals(Kind.PANIC, end(hypervisor));
    }

    private static void typeUntilRefused(Console console) throws IOException {
        for (int i = 0; i < 1000; i++) {
            type("x".repeat(1000), console);
        }
    }

    @Test
    void stopEndsAGuestThatRuns() throws Exception {
        Hypervisor hypervisor = started(2);
        Console console = hypervisor.console();
        assertReads(TestKernel.GREETING, console);
        assertEquals(Optional.empty(), hypervisor.await(SHORT));
        hypervisor.stop();
        assertEquals(Kind.STOPPED, end(hypervisor));
        assertEquals(-1, console.output().read());
        assertEquals(List.of(), hypervisor.processIds());
        hypervisor.stop();
    }

    @Test
    void stopAndCleanupMayComeAtAnyTime() throws Exception {
        Hypervisor fresh = hypervisor();
        fresh.stop();
        fresh.cleanup();
        fresh.cleanup();
        Hypervisor created = hypervisor();
        created.create(config(1));
        created.stop();
        created.cleanup();
        Hypervisor running = started(1);
        List<Long> processes = running.processIds();
        running.cleanup();
        running.cleanup();
        running.stop();
        assertGone(processes);
        assertThrows(IllegalStateException.class, running::console);
    }

    private static void assertGone(List<Long> processes) throws InterruptedException {
        for (long pid : processes) {
            assertTrue(pid == ProcessHandle.current().pid() || ProcessHandle.of(pid).isEmpty(),
                    "process " + pid + " is left");
        }
    }

    @Test
    void callsOutOfOrderChangeNothing() throws Exception {
        Hypervisor hypervisor = hypervisor();
        assertThrows(IllegalStateException.class, () -> hypervisor.start(LONG));
        assertThrows(IllegalStateException.class, hypervisor::config);
        assertThrows(IllegalStateException.class, hypervisor::console);
        assertThrows(IllegalStateException.class, () -> hypervisor.await(SHORT));
        MachineConfig config = config(1);
        hypervisor.create(config);
        assertSame(config, hypervisor.config());
        assertThrows(IllegalStateException.class, () -> hypervisor.create(config));
        assertThrows(IllegalStateException.class, hypervisor::console);
        assertEquals(List.of(), hypervisor.processIds());
        hypervisor.start(LONG);
        assertThrows(IllegalStateException.class, () -> hypervisor.start(LONG));
        assertReads(TestKernel.GREETING, hypervisor.console());
        hypervisor.cleanup();
        assertThrows(IllegalStateException.class, () -> hypervisor.start(LONG));
    }

    @Test
    void everyVcpuIsAThreadOfTheProcess() throws Exception {
        Hypervisor hypervisor = started(2);
        List<Long> processes = hypervisor.processIds();
        assertEquals(1, processes.size());
        assertTrue(ProcessHandle.of(processes.getFirst()).orElseThrow().isAlive());
        Map<Integer, Long> threads = hypervisor.vcpuThreadIds();
        assertEquals(List.of(0, 1), List.copyOf(threads.keySet()));
        assertEquals(2, new HashSet<>(threads.values()).size());
        for (long thread : threads.values()) {
            assertTrue(Files.exists(Path.of("/proc/" + processes.getFirst() + "/task/" + thread)));
        }
    }

    @Test
    void createNamesAFileThatIsNotThere() {
        Hypervisor hypervisor = hypervisor();
        Path nowhere = directory.resolve("nowhere");
        MachineConfig noKernel = MachineConfig.builder(nowhere).build();
        assertTrue(refusal(hypervisor, noKernel).contains("kernel " + nowhere));
        MachineConfig noInitrd = MachineConfig.builder(kernel).initrd(nowhere).build();
        assertTrue(refusal(hypervisor, noInitrd).contains("initrd " + nowhere));
        assertTrue(refusal(hypervisor, MachineConfig.builder(directory).build()).contains("is not a file"));
        hypervisor.create(config(1));
    }

    private static String refusal(Hypervisor hypervisor, MachineConfig config) {
        return assertThrows(HypervisorException.class, () -> hypervisor.create(config)).getMessage();
    }

    @Test
    void startRefusesWhatIsNoKernelAndLeavesNothing() throws Exception {
        Path text = Files.writeString(directory.resolve("text"), "This is no kernel.\n".repeat(1000));
        Hypervisor hypervisor = hypervisor();
        hypervisor.create(MachineConfig.builder(text).memory(MemoryOptions.ofSize(32L << 20)).build());
        HypervisorException e = assertThrows(HypervisorException.class, () -> hypervisor.start(LONG));
        assertFalse(e.getMessage().isBlank());
        assertEquals(List.of(), hypervisor.processIds());
        assertEquals(Kind.FAILED, end(hypervisor));
        hypervisor.stop();
    }

    @Test
    void startGivesUpInTime() throws Exception {
        Hypervisor hypervisor = hypervisor();
        hypervisor.create(config(1));
        assertThrows(HypervisorException.class, () -> hypervisor.start(Duration.ZERO));
        assertNotEquals(Optional.empty(), hypervisor.await(LONG));
        assertEquals(List.of(), hypervisor.processIds());
    }

    @Test
    void stopMakesAStartUnderWayFail() throws Exception {
        for (int delay = 0; delay < 8; delay++) {
            Hypervisor hypervisor = hypervisor();
            hypervisor.create(config(1));
            long millis = delay * 10L;
            Thread stopper = new Thread(() -> {
                sleep(millis);
                hypervisor.cleanup();
            });
            stopper.start();
            try {
                hypervisor.start(LONG);
            } catch (HypervisorException | IllegalStateException e) {
                // It came first.
            }
            stopper.join();
            assertEquals(List.of(), hypervisor.processIds());
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void manyMayStopAtOnce() throws Exception {
        Hypervisor hypervisor = started(1);
        List<Thread> stoppers = new ArrayList<>();
        List<Throwable> failures = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread stopper = new Thread(i % 2 == 0 ? hypervisor::stop : hypervisor::cleanup);
            stopper.setUncaughtExceptionHandler((thread, e) -> {
                synchronized (failures) {
                    failures.add(e);
                }
            });
            stoppers.add(stopper);
            stopper.start();
        }
        for (Thread stopper : stoppers) {
            stopper.join();
        }
        assertEquals(List.of(), failures);
        assertEquals(List.of(), hypervisor.processIds());
    }

    @Test
    void anInterruptedWaitLeavesTheGuestRunning() throws Exception {
        Hypervisor hypervisor = started(1);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> hypervisor.await(LONG));
        assertReads(TestKernel.GREETING, hypervisor.console());
        type("x", hypervisor.console());
        assertReads("x", hypervisor.console());
    }

    @Test
    void twoGuestsDoNotKnowOfEachOther() throws Exception {
        Hypervisor one = started(1);
        Hypervisor two = started(1);
        assertReads(TestKernel.GREETING, one.console());
        assertReads(TestKernel.GREETING, two.console());
        one.cleanup();
        type("still here", two.console());
        assertReads("still here", two.console());
        assertEquals(Optional.empty(), two.await(SHORT));
    }
}
