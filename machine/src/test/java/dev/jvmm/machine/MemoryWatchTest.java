package dev.jvmm.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.jvmm.event.EventLoop;
import dev.jvmm.event.FailureListener;
import dev.jvmm.kvm.KvmSystem;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.GuestMemoryException;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.testing.RequiresKvm;
import dev.jvmm.vm.AssistedInstructions;
import dev.jvmm.vm.Outcome;
import dev.jvmm.vm.Outcome.Kind;
import dev.jvmm.vm.VirtualMachine;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** No vCPU runs here, so nothing but the watch can end these machines. */
@RequiresKvm
@Timeout(60)
class MemoryWatchTest {
    private static final int SIZE = 2 << 20;
    private static final Outcome CUT = new Outcome(Kind.FAILED, GuestMemoryException.LOST);

    private final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    private final EventLoop loop = new EventLoop("test", new FailureListener() {
        @Override
        public void failed(Object who, Throwable failure) {
            failures.add(failure);
        }
    });

    @TempDir
    private Path folder;

    private RandomAccessFile file;
    private VirtualMachine vm;
    private MemoryWatch watch;

    @BeforeEach
    void make() throws IOException {
        Path path = folder.resolve("memory");
        file = new RandomAccessFile(path.toFile(), "rw");
        file.setLength(SIZE);
        FileDescriptor ram = FileDescriptor.open(path.toString(), FileDescriptor.O_RDONLY);
        GuestMemory memory = GuestMemory.ofFile(ram, MemoryOptions.ofSize(SIZE));
        vm = VirtualMachine.create(KvmSystem.open(), memory, 1, new AssistedInstructions(memory, 1));
        watch = new MemoryWatch(vm, ram, loop);
    }

    @AfterEach
    void close() throws IOException {
        loop.close();
        watch.close();
        vm.close();
        file.close();
        assertEquals(List.of(), failures);
    }

    @Test
    void aFileThatIsCutShortEndsTheMachine() throws Exception {
        watch.begin();
        file.write(1);
        file.setLength(2 * SIZE);
        settle();
        assertFalse(vm.hasEnded());
        file.setLength(SIZE - 1);
        assertEquals(CUT, vm.await());
    }

    @Test
    void soDoesOneThatWasCutBefore() throws Exception {
        file.setLength(0);
        watch.begin();
        assertEquals(CUT, vm.await());
    }

    @Test
    void aClosedOneBeginsNoMore() throws Exception {
        watch.close();
        watch.begin();
        file.setLength(0);
        settle();
        assertFalse(vm.hasEnded());
    }

    /** Returns when the loop has dealt with what happened before. */
    private void settle() throws InterruptedException {
        for (int turn = 0; turn < 2; turn++) {
            CountDownLatch done = new CountDownLatch(1);
            loop.post(done::countDown);
            done.await();
        }
    }
}
