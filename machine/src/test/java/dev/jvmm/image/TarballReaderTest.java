package dev.jvmm.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TarballReaderTest {
    @TempDir
    Path folder;

    private Node read(TarWriter tar) throws IOException {
        return read(tar.bytes());
    }

    private Node read(byte[] archive) throws IOException {
        Path files = Files.createTempDirectory(folder, "files");
        return new TarballReader(Path.of("test.tar"), files, ImageProgress.NONE).read(new ByteArrayInputStream(archive))
                .root();
    }

    private static Node at(Node root, String path) {
        Node node = root;
        for (String name : path.split("/")) {
            node = node.children.get(name);
        }
        return node;
    }

    private void refused(TarWriter tar, String why) {
        String message = assertThrows(ImageException.class, () -> read(tar)).getMessage();
        assertTrue(message.contains(why), message);
    }

    @Test
    void takesFilesOfAllKinds() throws IOException {
        Node root = read(new TarWriter().folder("./", 0711).folder("./bin/", 0755)
                .file("./bin/sh", 04755, 1000, "text").link('1', "./bin/ash", "./bin/sh")
                .link('2', "./sbin", "bin").device('3', "./dev/null", 1, 3).device('4', "./dev/vda", 254, 16)
                .device('6', "./run/pipe", 0, 0));
        assertEquals(0711, root.mode);
        Node sh = at(root, "bin/sh");
        assertEquals(Node.Kind.FILE, sh.kind);
        assertEquals(04755, sh.mode);
        assertEquals(1000, sh.user);
        assertEquals(4, sh.size);
        assertEquals(1_000_000_000, sh.changed);
        assertSame(sh, at(root, "bin/ash"));
        assertEquals(2, sh.names);
        assertEquals("bin", at(root, "sbin").source);
        assertEquals(Node.Kind.CHARACTERS, at(root, "dev/null").kind);
        assertEquals(3, at(root, "dev/null").minor);
        assertEquals(254, at(root, "dev/vda").major);
        assertEquals(Node.Kind.FIFO, at(root, "run/pipe").kind);
        assertEquals(Node.FOLDER_MODE, at(root, "dev").mode);
    }

    @Test
    void takesLongNamesAndAttributes() throws IOException {
        String name = "n".repeat(200);
        Node root = read(new TarWriter().pax("path", "a/" + name).pax("uid", "3000000000").pax("mtime", "77.25")
                .pax("SCHILY.xattr.user.a", "\0\u00FF").file("short", 0644, 0, "x").longName("b/" + name)
                .file("short", 0644, 0, "y"));
        Node first = at(root, "a/" + name);
        assertEquals((int) 3_000_000_000L, first.user);
        assertEquals(77, first.changed);
        assertEquals("user.a", first.attributes.get(0).name());
        assertArrayEquals(new byte[]{ 0, -1 }, first.attributes.get(0).value());
        Node second = at(root, "b/" + name);
        assertEquals(0, second.user);
        assertTrue(second.attributes.isEmpty());
    }

    @Test
    void keepsTheLastOfSeveralAndFoldersContents() throws IOException {
        Node root = read(new TarWriter().folder("a", 0755).file("a/f", 0644, 0, "1").file("a/f", 0600, 0, "22")
                .folder("a", 0700));
        assertEquals(0700, at(root, "a").mode);
        assertEquals(2, at(root, "a/f").size);
    }

    @Test
    void nothingLeavesTheTree() {
        refused(new TarWriter().file("../x", 0644, 0, ""), "leads out of it");
        refused(new TarWriter().file("a/../../x", 0644, 0, ""), "leads out of it");
        refused(new TarWriter().link('2', "a", "/etc").file("a/passwd", 0644, 0, ""), "is no folder");
        refused(new TarWriter().link('1', "a", "/etc/passwd"), "not in front of it");
        refused(new TarWriter().file("a\nb", 0644, 0, ""), "line's end");
        refused(new TarWriter().file("a/" + "b/".repeat(20) + "c", 0644, 0, "").pax("path", "n".repeat(256))
                .file("x", 0, 0, ""), "255");
    }

    @Test
    void saysWhatItCanNotRead() {
        refused(new TarWriter().entry('S', "sparse", 0644, 0, "", new byte[0], 0, 0), "--sparse");
        refused(new TarWriter().entry('Z', "odd", 0644, 0, "", new byte[0], 0, 0), "not known");
        refused(new TarWriter().pax("size", "-1").file("a", 0644, 0, ""), "impossible size");
        refused(new TarWriter().pax("size", "many").file("a", 0644, 0, ""), "none");
    }

    @ParameterizedTest
    @ValueSource(ints = { 1, 511, 513, 1000, 1024 })
    void noticesThatItIsCutOff(int length) {
        byte[] archive = new TarWriter().file("a", 0644, 0, "b".repeat(600)).bytes();
        String message = assertThrows(ImageException.class, () -> read(Arrays.copyOf(archive, length))).getMessage();
        assertTrue(message.contains("cut off"), message);
    }

    @Test
    void readsWhatTarPacked() throws IOException, InterruptedException {
        Path tree = Files.createDirectories(folder.resolve("tree/sub"));
        Files.writeString(tree.resolve("file"), "content");
        Files.createLink(tree.resolve("same"), tree.resolve("file"));
        for (String option : List.of("-cf", "-czf", "-cJf")) {
            Path tarball = folder.resolve("out.tar");
            assertEquals(0, new ProcessBuilder("tar", "--format=pax", option, tarball.toString(), "-C",
                    folder.resolve("tree").toString(), ".").start().waitFor());
            Path files = Files.createTempDirectory(folder, "files");
            FileTree read = new TarballReader(tarball, files, ImageProgress.NONE).read();
            Node file = at(read.root(), "sub/file");
            assertEquals(2, file.names, option);
            assertEquals("content", Files.readString(files.resolve(file.source), StandardCharsets.UTF_8));
        }
    }
}
