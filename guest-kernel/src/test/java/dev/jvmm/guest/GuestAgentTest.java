package dev.jvmm.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuestAgentTest {
    private static final String PROGRAM = "usr/local/sbin/jvmm-agent";

    @TempDir
    private Path folder;
    private Path root;
    private GuestAgent agent;

    @BeforeEach
    void makeRoot() throws IOException {
        root = Files.createDirectory(folder.resolve("root"));
        Files.createDirectory(root.resolve("usr"));
        agent = new GuestAgent(new EmbeddedGuest(new ImageCache(List.of(folder.resolve("cache")))));
    }

    @Test
    void aRootWithSystemdGetsAService() throws Exception {
        Files.createDirectories(root.resolve("usr/lib/systemd/system"));
        for (int i = 0; i < 2; i++) {
            assertTrue(agent.install(root));
            byte[] program = Files.readAllBytes(root.resolve(PROGRAM));
            assertArrayEquals(agent.program(), program);
            assertEquals("\u007fELF", new String(program, 0, 4, StandardCharsets.ISO_8859_1));
            assertEquals("rwxr-xr-x",
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve(PROGRAM))));
            String unit = Files.readString(root.resolve("etc/systemd/system/jvmm-agent.service"));
            assertTrue(unit.contains("\nExecStart=/" + PROGRAM + "\n"), unit);
            assertEquals(Path.of("/etc/systemd/system/jvmm-agent.service"), Files.readSymbolicLink(
                    root.resolve("etc/systemd/system/basic.target.wants/jvmm-agent.service")));
        }
        try (Stream<Path> programs = Files.list(root.resolve("usr/local/sbin"))) {
            assertEquals(1, programs.count());
        }
    }

    @Test
    void anotherRootGetsTheProgram() throws Exception {
        assertFalse(agent.install(root));
        assertTrue(Files.isExecutable(root.resolve(PROGRAM)));
        assertFalse(Files.exists(root.resolve("etc")));
    }

    @Test
    void linksWithinTheRootAreFollowed() throws Exception {
        Files.createDirectories(root.resolve("usr/local"));
        Files.createDirectory(root.resolve("usr/bin"));
        Files.createSymbolicLink(root.resolve("usr/local/sbin"), Path.of("../bin"));
        agent.install(root);
        assertTrue(Files.isRegularFile(root.resolve("usr/bin/jvmm-agent"), LinkOption.NOFOLLOW_LINKS));
    }

    @Test
    void nothingIsWrittenOutsideOfTheRoot() throws Exception {
        Path outside = Files.createDirectories(folder.resolve("outside/sbin"));
        Files.createSymbolicLink(root.resolve("usr/local"), outside.getParent());
        String message = assertThrows(IOException.class, () -> agent.install(root)).getMessage();
        assertTrue(message.contains("link out of the root"), message);
        try (Stream<Path> files = Files.list(outside)) {
            assertEquals(0, files.count());
        }
    }

    @Test
    void aFolderThatIsNoRootIsRefused() throws Exception {
        Path other = Files.createDirectory(folder.resolve("other"));
        assertThrows(IOException.class, () -> agent.install(other));
        assertThrows(IOException.class, () -> agent.install(folder.resolve("nowhere")));
        try (Stream<Path> files = Files.list(other)) {
            assertEquals(0, files.count());
        }
    }

    @Test
    void damagedArchivesAreRefused() {
        assertThrows(IllegalStateException.class, () -> new CpioArchive(new byte[200]).file("x"));
        byte[] huge = entry("name", "FFFFFFF0").getBytes(StandardCharsets.US_ASCII);
        assertThrows(IllegalStateException.class, () -> new CpioArchive(huge).file("x"));
        byte[] endless = entry("name", "00000000").getBytes(StandardCharsets.US_ASCII);
        assertThrows(IllegalStateException.class, () -> new CpioArchive(endless).file("x"));
        byte[] whole = (entry("name", "00000000") + entry("TRAILER!!!", "00000000"))
                .getBytes(StandardCharsets.US_ASCII);
        assertEquals(Optional.empty(), new CpioArchive(whole).file("x"));
        assertEquals(0, new CpioArchive(whole).file("name").orElseThrow().length);
    }

    /** One entry of no content. */
    private static String entry(String name, String size) {
        String zero = "00000000";
        StringBuilder text = new StringBuilder("070701" + zero.repeat(6) + size + zero.repeat(4));
        text.append(String.format("%08X", name.length() + 1)).append(zero).append(name).append('\0');
        while (text.length() % 4 != 0) {
            text.append('\0');
        }
        return text.toString();
    }
}
