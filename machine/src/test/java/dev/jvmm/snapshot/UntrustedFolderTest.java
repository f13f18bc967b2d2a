package dev.jvmm.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jvmm.linux.LocalFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Folders that a store does not use, and says why. */
@Timeout(60)
final class UntrustedFolderTest {
    private static final Identity IDENTITY = TestSnapshots.IDENTITY;

    @TempDir
    private Path temporary;

    private final List<String> notices = new ArrayList<>();
    private Path folder;
    private TemplateStore store;

    @BeforeEach
    void open() {
        folder = temporary.resolve("cache/templates");
        store = new TemplateStore(folder, notices::add);
    }

    private void make() {
        Claim.Make claim = assertInstanceOf(Claim.Make.class, store.claim(IDENTITY, 0));
        try (TemplateMaker maker = claim.maker()) {
            maker.memory(TestSnapshots.memory());
            maker.commit(TestSnapshots.DESCRIPTION, TestSnapshots.RECORDS);
        }
    }

    @Test
    void usesNoFolderThatOthersMayWrite() throws IOException {
        make();
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwx---"));
        assertUnusable(folder + " can be written by others");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        store.find(IDENTITY).orElseThrow().close();
    }

    @Test
    void usesNoFolderOfSomeoneElse() throws IOException {
        assumeTrue(LocalFile.ownUser() == 0, "only root can give a folder away");
        make();
        Files.setAttribute(folder, "unix:uid", 12345);
        assertUnusable(folder + " belongs to user 12345");
        assertTrue(Files.exists(folder.resolve("auto-" + IDENTITY.key())), "and removes nothing there");
        Files.setAttribute(folder, "unix:uid", 0);
    }

    private void assertUnusable(String reason) {
        assertTrue(store.find(IDENTITY).isEmpty());
        assertEquals("no template: " + reason, notices.removeLast());
        assertEquals(reason, assertInstanceOf(Claim.Without.class, store.claim(IDENTITY, 0)).reason());
        assertEquals(reason, assertThrows(SnapshotException.class, store::list).getMessage());
        assertEquals(reason, assertThrows(SnapshotException.class, () -> store.prune(0, IDENTITY)).getMessage());
        assertEquals(reason, assertThrows(SnapshotException.class, () -> store.remove("x")).getMessage());
    }

    @Test
    void usesNothingThatIsNoFolder() throws IOException {
        Files.createDirectories(folder.getParent());
        Files.createFile(folder);
        assertUnusable(folder + " is not a folder; links are not followed");
        Files.delete(folder);
        Files.createSymbolicLink(folder, temporary);
        assertUnusable(folder + " is not a folder; links are not followed");
        Files.delete(folder);
        Files.delete(folder.getParent());
        Files.createFile(folder.getParent());
        assertTrue(store.find(IDENTITY).isEmpty());
        assertFalse(assertInstanceOf(Claim.Without.class, store.claim(IDENTITY, 0)).reason().isEmpty());
    }
}
