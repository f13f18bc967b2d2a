package dev.jvmm.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jvmm.snapshot.SnapshotException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A file system of 64 KiB, and one that is read-only; both need the right to mount. */
@Timeout(60)
final class FullDiskTest {
    @TempDir
    private Path mount;

    private final List<String> notices = new ArrayList<>();

    @BeforeEach
    void mount() throws Exception {
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "jvmm-test", mount.toString()) == 0,
                "file systems can not be mounted here");
    }

    @AfterEach
    void unmount() throws Exception {
        run("umount", mount.toString());
    }

    private static int run(String... command) throws IOException, InterruptedException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            assertTrue(process.waitFor(20, TimeUnit.SECONDS));
            return process.exitValue();
        } catch (IOException e) {
            return -1;
        }
    }

    @Test
    void removesWhatDidNotFit() throws IOException {
        TemplateStore store = new TemplateStore(mount.resolve("store"), notices::add);
        for (int bytes : new int[]{ 200_000, 64_000, 57_000 }) {
            Claim.Make claim = assertInstanceOf(Claim.Make.class, store.claim(TestSnapshots.IDENTITY, 0));
            try (TemplateMaker maker = claim.maker()) {
                SnapshotException refusal = assertThrows(SnapshotException.class, () -> {
                    maker.memory(new TestMemory(1 << 20).with(0, bytes, 1));
                    maker.commit(TestSnapshots.DESCRIPTION, TestSnapshots.RECORDS);
                });
                assertEquals(Reason.STORAGE, refusal.reason());
                assertTrue(refusal.getMessage().contains("no space left on device"), refusal.getMessage());
            }
            try (Stream<Path> left = Files.list(mount.resolve("store"))) {
                assertEquals(List.of(), left.toList());
            }
        }
        Claim.Make claim = assertInstanceOf(Claim.Make.class, store.claim(TestSnapshots.IDENTITY, 0));
        try (TemplateMaker maker = claim.maker()) {
            maker.memory(TestSnapshots.memory());
            maker.commit(TestSnapshots.DESCRIPTION, TestSnapshots.RECORDS);
        }
        store.find(TestSnapshots.IDENTITY).orElseThrow().close();
        assertEquals(List.of(), notices);
    }

    @Test
    void readsButDoesNotWriteWhatIsReadOnly() throws Exception {
        TemplateStore store = new TemplateStore(mount.resolve("store"), notices::add);
        Claim.Make claim = assertInstanceOf(Claim.Make.class, store.claim(TestSnapshots.IDENTITY, 0));
        try (TemplateMaker maker = claim.maker()) {
            maker.memory(TestSnapshots.memory());
            maker.commit(TestSnapshots.DESCRIPTION, TestSnapshots.RECORDS);
        }
        Files.delete(mount.resolve("store").resolve(store.list().get(0).name()).resolve("stamp"));
        assertEquals(0, run("mount", "-o", "remount,ro", mount.toString()));
        try (Snapshot snapshot = store.find(TestSnapshots.IDENTITY).orElseThrow()) {
            TestSnapshots.memory().assertEqualTo(snapshot);
        }
        assertEquals(List.of(), notices);
        Claim.Without none = assertInstanceOf(Claim.Without.class, store.claim(TestSnapshots.NONE, 0));
        assertTrue(none.reason().contains("EROFS"), none.reason());
        TemplateStore other = new TemplateStore(mount.resolve("other"), notices::add);
        none = assertInstanceOf(Claim.Without.class, other.claim(TestSnapshots.NONE, 0));
        assertEquals(mount.resolve("other") + ": Read-only file system", none.reason());
    }
}
