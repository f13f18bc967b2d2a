package dev.jvmm.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.snapshot.SnapshotException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class TemplateStoreTest {
    private static final Identity IDENTITY = TestSnapshots.IDENTITY;

    @TempDir
    private Path temporary;

    private final List<String> notices = Collections.synchronizedList(new ArrayList<>());
    private Path folder;
    private TemplateStore store;

    @BeforeEach
    void open() {
        folder = temporary.resolve("cache/templates");
        store = new TemplateStore(folder, notices::add);
    }

    private static void fill(TemplateMaker maker) {
        maker.memory(TestSnapshots.memory());
        maker.commit(TestSnapshots.DESCRIPTION, TestSnapshots.RECORDS);
    }

    private Path make(Identity identity) {
        Claim.Make claim = assertInstanceOf(Claim.Make.class, store.claim(identity, 0));
        try (TemplateMaker maker = claim.maker()) {
            fill(maker);
            return folder.resolve(maker.name());
        }
    }

    private void makeNamed(String name) {
        try (TemplateMaker maker = store.create(name, IDENTITY)) {
            fill(maker);
        }
    }

    private static Identity identity(String vcpus, String jvmm) {
        return new Identity(List.of(new Fact("vCPUs", vcpus), new Fact("jvmm build", jvmm)));
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private List<String> names() {
        return store.list().stream().map(Template::name).toList();
    }

    @Test
    void findsWhatWasMade() throws IOException {
        assertTrue(store.find(IDENTITY).isEmpty());
        assertFalse(Files.exists(folder), "to look makes nothing");
        Path made = make(IDENTITY);
        try (Snapshot found = store.find(IDENTITY).orElseThrow()) {
            assertEquals(IDENTITY, found.identity());
            TestSnapshots.memory().assertEqualTo(found);
        }
        assertTrue(store.find(identity("2", "x")).isEmpty());
        assertEquals(List.of(made.getFileName().toString()), files());
        assertEquals(List.of(), notices);
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
    }

    @Test
    void letsOneMakeAndOthersWait() throws Exception {
        Claim.Make claim = assertInstanceOf(Claim.Make.class, store.claim(IDENTITY, 0));
        List<Claim> results = Collections.synchronizedList(new ArrayList<>());
        List<Thread> waiting = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            waiting.add(Thread.ofPlatform().start(() -> results.add(store.claim(IDENTITY, 30_000))));
        }
        while (notices.size() < 4) {
            Thread.sleep(5);
        }
        assertEquals("another jvmm is making the template; waiting for it, up to 30 s", notices.get(0));
        try (TemplateMaker maker = claim.maker()) {
            fill(maker);
        }
        for (Thread thread : waiting) {
            thread.join();
        }
        assertEquals(4, results.size());
        for (Claim result : results) {
            Claim.Ready ready = assertInstanceOf(Claim.Ready.class, result);
            TestSnapshots.memory().assertEqualTo(ready.snapshot());
            ready.snapshot().close();
        }
        assertEquals(1, files().size());
    }

    @Test
    void passesTheRightOnWhenAMakerGivesUp() throws IOException {
        Claim.Make first = assertInstanceOf(Claim.Make.class, store.claim(IDENTITY, 0));
        Claim.Without none = assertInstanceOf(Claim.Without.class, store.claim(IDENTITY, 50));
        assertEquals("another jvmm has been making the template for 0 s", none.reason());
        first.maker().memory(TestSnapshots.memory());
        first.maker().close();
        assertEquals(List.of(), files());
        make(IDENTITY);
        Claim.Ready ready = assertInstanceOf(Claim.Ready.class, store.claim(IDENTITY, 0));
        ready.snapshot().close();
    }

    @Test
    void replacesWhatItRefuses() throws IOException {
        Path made = make(IDENTITY);
        Files.delete(made.resolve("memory"));
        assertTrue(store.find(IDENTITY).isEmpty());
        assertEquals(1, notices.size());
        assertTrue(notices.get(0).startsWith("the template is made anew: the snapshot " + made + " is cut short"),
                notices.get(0));
        assertFalse(Files.exists(made));
        make(IDENTITY);
        store.find(IDENTITY).orElseThrow().close();
    }

    @Test
    void sameWhetherOthersRemoveAndMakeItMeanwhile() throws Exception {
        Path made = make(IDENTITY);
        AtomicBoolean done = new AtomicBoolean();
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        Thread finder = Thread.ofPlatform().start(() -> {
            while (!done.get()) {
                store.find(IDENTITY).ifPresent(snapshot -> {
                    TestSnapshots.memory().assertEqualTo(snapshot);
                    snapshot.close();
                });
            }
        });
        finder.setUncaughtExceptionHandler((thread, failure) -> failures.add(failure));
        for (int i = 0; i < 20; i++) {
            assertTrue(store.remove(made.getFileName().toString()));
            make(IDENTITY);
        }
        done.set(true);
        finder.join();
        assertEquals(List.of(), failures);
        assertEquals(List.of(), notices);
    }

    @Test
    void replacesWhatIsNoTemplate() throws IOException {
        Path made = make(IDENTITY);
        Folders.remove(made);
        Files.writeString(made, "a file");
        assertTrue(store.find(IDENTITY).isEmpty());
        assertTrue(notices.get(0).contains("ENOTDIR"), notices.get(0));
        make(IDENTITY);
        store.find(IDENTITY).orElseThrow().close();
        Folders.remove(made);
        Path linked = Files.createDirectory(temporary.resolve("linked"));
        Files.createFile(linked.resolve("file"));
        Files.createSymbolicLink(made, linked);
        make(IDENTITY);
        store.find(IDENTITY).orElseThrow().close();
        assertTrue(Files.exists(linked.resolve("file")), "what a link points at stays");
    }

    @Test
    void keepsToOneIdentity() {
        Path made = make(IDENTITY);
        Identity other = identity("1", "x");
        made.toFile().renameTo(folder.resolve("auto-" + other.key()).toFile());
        assertTrue(store.find(other).isEmpty());
        assertTrue(notices.get(0).contains("its vCPUs is \"2\", here it is \"1\""), notices.get(0));
        assertEquals(List.of(), names());
    }

    @Test
    void marksUseOnceAnHour() throws IOException {
        Path stamp = make(IDENTITY).resolve("stamp");
        FileTime recent = FileTime.fromMillis(System.currentTimeMillis() - 3_000_000);
        Files.setLastModifiedTime(stamp, recent);
        store.find(IDENTITY).orElseThrow().close();
        assertEquals(recent.toMillis(), Files.getLastModifiedTime(stamp).toMillis());
        Files.setLastModifiedTime(stamp, FileTime.fromMillis(System.currentTimeMillis() - 4_000_000));
        store.find(IDENTITY).orElseThrow().close();
        assertTrue(Files.getLastModifiedTime(stamp).toMillis() > recent.toMillis());
    }

    @Test
    void keepsNamedTemplates() throws IOException {
        makeNamed("debian-12.1_x");
        try (Snapshot snapshot = store.open("debian-12.1_x", identity("2", "jvmm.jar:1:2 "))) {
            assertEquals(TestSnapshots.RECORDS, snapshot.records());
        }
        SnapshotException refusal = assertThrows(SnapshotException.class,
                () -> store.create("debian-12.1_x", IDENTITY));
        assertEquals(Reason.NAME, refusal.reason());
        refusal = assertThrows(SnapshotException.class, () -> store.open("debian", IDENTITY));
        assertEquals("there is no template \"debian\"", refusal.getMessage());
        refusal = assertThrows(SnapshotException.class, () -> store.open("debian-12.1_x", identity("3", "x")));
        assertEquals(Reason.IDENTITY, refusal.reason());
        assertTrue(store.remove("debian-12.1_x"));
        assertFalse(store.remove("debian-12.1_x"));
        assertEquals(List.of(), files());
    }

    @Test
    void refusesNamesThatAreNone() {
        for (String name : List.of("", ".", "..", ".x", "-x", "a/b", "a b", "auto-1", "ü", "a\n", "a".repeat(65))) {
            assertEquals(Reason.NAME,
                    assertThrows(SnapshotException.class, () -> store.create(name, IDENTITY)).reason());
        }
        assertThrows(SnapshotException.class, () -> store.remove("../templates"));
        assertThrows(SnapshotException.class, () -> store.open("../templates", IDENTITY));
    }

    @Test
    void listsWhatIsThere() throws IOException {
        assertEquals(List.of(), store.list());
        Path automatic = make(IDENTITY);
        makeNamed("mine");
        makeNamed("broken");
        Files.delete(folder.resolve("broken/state"));
        List<Template> templates = store.list();
        assertEquals(List.of(automatic.getFileName().toString(), "broken", "mine"), names());
        assertTrue(templates.get(0).automatic());
        assertEquals(Optional.empty(), templates.get(0).problem());
        assertEquals(IDENTITY, templates.get(0).identity());
        assertEquals(TestSnapshots.DESCRIPTION, templates.get(0).description());
        assertTrue(templates.get(0).diskSize() > 8192 && templates.get(0).diskSize() < 1 << 20);
        assertTrue(Math.abs(System.currentTimeMillis() - templates.get(0).lastUsed()) < 60_000);
        assertTrue(templates.get(1).problem().orElseThrow().contains("no file state"));
        assertFalse(templates.get(2).automatic());
    }

    @Test
    void prunesTheLongestUnusedFirst() throws IOException {
        String[] names = new String[4];
        for (int i = 0; i < 4; i++) {
            // the third is of another jvmm, though used last
            Path made = make(identity(Integer.toString(i), i == 2 ? "old" : "new"));
            names[i] = made.getFileName().toString();
            long age = i == 2 ? 0 : (i + 1) * 4_000_000L;
            Files.setLastModifiedTime(made.resolve("stamp"), FileTime.fromMillis(System.currentTimeMillis() - age));
        }
        makeNamed("mine");
        Identity here = new Identity(List.of(new Fact("jvmm build", "new")));
        long one = store.list().get(0).diskSize();
        assertEquals(List.of(), store.prune(4 * one, here).names());
        assertEquals(List.of(names[2], names[3]), store.prune(2 * one, here).names());
        assertEquals(List.of(names[1], names[0]), store.prune(0, here).names());
        assertEquals(List.of("mine"), names());
    }

    @Test
    void prunesWhatIsOfNoUse() throws IOException {
        Path old = make(identity("1", "old"));
        Files.setLastModifiedTime(old.resolve("stamp"), FileTime.fromMillis(1));
        Path broken = make(identity("2", "new"));
        Files.delete(broken.resolve("state"));
        Path unused = make(identity("3", "new"));
        Files.setLastModifiedTime(unused.resolve("stamp"), FileTime.fromMillis(1));
        Files.createDirectory(folder.resolve(".trash-12"));
        Files.createDirectory(folder.resolve(".auto-1.part-12"));
        Files.createFile(folder.resolve(".lock-auto-1"));
        Files.createFile(folder.resolve("notes.txt"));
        Claim.Make making = assertInstanceOf(Claim.Make.class, store.claim(identity("4", "new"), 0));
        making.maker().memory(TestSnapshots.memory());
        Pruned pruned = store.prune(Long.MAX_VALUE, new Identity(List.of(new Fact("jvmm build", "new"))));
        assertEquals(List.of(old.getFileName().toString(), broken.getFileName().toString()).stream().sorted().toList(),
                pruned.names());
        assertTrue(pruned.bytes() > 0);
        assertEquals(4, files().size(), files().toString());
        making.maker().commit(List.of(), List.of());
        making.maker().close();
        assertEquals(Stream.of("notes.txt", unused.getFileName().toString(), making.maker().name()).sorted().toList(),
                files().stream().sorted().toList());
    }

    @Test
    void showsNothingThatATerminalWouldObey() {
        Identity evil = new Identity(List.of(new Fact("name", "a\u001b[2Jb\n")));
        make(evil);
        assertEquals("a?[2Jb?", store.list().get(0).identity().value("name").orElseThrow());
        SnapshotException refusal = assertThrows(SnapshotException.class,
                () -> store.open("auto-" + evil.key(), new Identity(List.of(new Fact("name", "b")))));
        assertTrue(refusal.getMessage().endsWith("its name is \"a?[2Jb?\", here it is \"b\""), refusal.getMessage());
    }
}
