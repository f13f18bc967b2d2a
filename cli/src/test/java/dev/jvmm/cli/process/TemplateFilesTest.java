package dev.jvmm.cli.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jvmm.cli.process.Jvmm.Result;
import dev.jvmm.testing.RequiresKvm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Templates and cache folders that are not as jvmm left them: one line that says why, and never a wrong boot. */
@RequiresKvm
@Timeout(300)
class TemplateFilesTest {
    private static final String NAME = "mine";
    private static final int VERSION = 8;
    private static final int SUM_OF_HEAD = 12;

    private static SharedTemplate template;

    @TempDir
    Path folder;

    private Path cache;

    @BeforeAll
    @Timeout(600)
    static void make() throws Exception {
        template = SharedTemplate.make();
    }

    @BeforeEach
    void makeACache() throws IOException {
        cache = folder.resolve("cache");
        SharedTemplate.prepare(cache);
    }

    private Jvmm jvmm(String... arguments) {
        return new Jvmm(folder, arguments).with("XDG_CACHE_HOME", cache.toString());
    }

    private Jvmm fromMine() {
        return jvmm("boot", "--from", NAME, "--", "/bin/echo", "fine");
    }

    /** One line on stderr, from jvmm, with these words. */
    private static void assertRefused(Result result, String... words) {
        assertEquals(1, result.code(), result.err());
        assertEquals("", result.out());
        assertTrue(result.err().startsWith("jvmm: ") && result.err().lines().count() == 1, result.err());
        for (String word : words) {
            assertTrue(result.err().contains(word), word + " is not in: " + result.err());
        }
    }

    /** What may become of a template. */
    enum Damage {
        MEMORY_CHANGED("changed in its memory") {
            @Override
            void to(Path files) throws IOException {
                flip(files.resolve("memory"), firstData(files.resolve("memory")));
            }
        },
        MEMORY_CUT("cut short in its memory") {
            @Override
            void to(Path files) throws IOException {
                cut(files.resolve("memory"), 4096);
            }
        },
        MEMORY_GONE("no file memory") {
            @Override
            void to(Path files) throws IOException {
                Files.delete(files.resolve("memory"));
            }
        },
        STATE_CHANGED("changed in its") {
            @Override
            void to(Path files) throws IOException {
                flip(files.resolve("state"), Files.size(files.resolve("state")) / 2);
            }
        },
        STATE_CUT("cut short in its state") {
            @Override
            void to(Path files) throws IOException {
                cut(files.resolve("state"), 100);
            }
        },
        NEWER("format version 2, and this jvmm reads 1") {
            @Override
            void to(Path files) throws IOException {
                byte[] state = Files.readAllBytes(files.resolve("state"));
                ByteBuffer head = ByteBuffer.wrap(state).order(ByteOrder.LITTLE_ENDIAN);
                head.putInt(VERSION, head.getInt(VERSION) + 1);
                CRC32 sum = new CRC32();
                sum.update(state, 0, SUM_OF_HEAD);
                head.putInt(SUM_OF_HEAD, (int) sum.getValue());
                Files.write(files.resolve("state"), state);
            }
        };

        private final String reason;

        Damage(String reason) {
            this.reason = reason;
        }

        abstract void to(Path files) throws IOException;

        private static void flip(Path file, long at) throws IOException {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                ByteBuffer one = ByteBuffer.allocate(1);
                channel.read(one, at);
                one.put(0, (byte) (one.get(0) ^ 1));
                channel.write(one.flip(), at);
            }
        }

        private static long firstData(Path file) throws IOException {
            try (var bytes = Files.newInputStream(file)) {
                for (long at = 0;; at++) {
                    if (bytes.read() != 0) {
                        return at;
                    }
                }
            }
        }

        private static void cut(Path file, int bytes) throws IOException {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(channel.size() - bytes);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aDamagedTemplateIsRefused(Damage damage) throws Exception {
        Path files = template.copyTo(cache, NAME);
        makeWritable(files);
        damage.to(files);
        assertRefused(fromMine().run(), files.toString(), damage.reason);
        Result list = jvmm("template", "ls").run();
        assertEquals(0, list.code(), list.err());
        assertTrue(list.out().lines().anyMatch(line -> line.startsWith(NAME + " ")), list.out());
        assertEquals(new Result(0, "", ""), jvmm("template", "rm", NAME).run());
        assertFalse(Files.exists(files));
    }

    @ParameterizedTest
    @EnumSource(names = { "MEMORY_CHANGED", "STATE_CUT", "NEWER" })
    void aDamagedTemplateIsMadeAnew(Damage damage) throws Exception {
        Path files = template.copyTo(cache, template.left().get(0));
        makeWritable(files);
        damage.to(files);
        assertBootsCold("jvmm: the template is made anew: the snapshot " + files, damage.reason);
    }

    private static void makeWritable(Path files) throws IOException {
        for (String file : new String[]{ "memory", "state" }) {
            Files.setPosixFilePermissions(files.resolve(file), PosixFilePermissions.fromString("rw-------"));
        }
    }

    /** One line with these words, and a kernel that boots; its end is not waited for. */
    private void assertBootsCold(String... words) throws Exception {
        Jvmm boot = jvmm("boot", "--timing", "--", "/bin/true");
        Process process = boot.start();
        boot.await(process, "err", "\n");
        awaitThread(process, "vcpu0");
        Jvmm.signal(process, "TERM");
        Result result = boot.result(process);
        assertEquals(143, result.code(), result.err());
        assertEquals("", result.out());
        for (String word : words) {
            assertTrue(result.err().contains(word), word + " is not in: " + result.err());
        }
        assertEquals(1, result.err().lines().filter(line -> line.startsWith("jvmm: ")).count(), result.err());
        assertTrue(result.err().contains("\"kernel_loaded\""), result.err());
        assertFalse(result.err().contains("\"restored\""), result.err());
    }

    private static void awaitThread(Process process, String name) throws Exception {
        boolean found = false;
        while (process.isAlive() && !found) {
            Thread.sleep(20);
            try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(process.pid()), "task"))) {
                found = tasks.anyMatch(task -> name.equals(comm(task)));
            } catch (NoSuchFileException e) {
                // it has ended
            }
        }
    }

    private static String comm(Path task) {
        try {
            return Files.readString(task.resolve("comm")).strip();
        } catch (IOException e) {
            return "";
        }
    }

    @Test
    void aFolderThatIsAFile() throws Exception {
        Path file = Files.createFile(SharedTemplate.folder(cache));
        assertRefused(fromMine().run(), file + " is not a folder");
        assertRefused(jvmm("template", "ls").run(), file + " is not a folder");
        assertRefused(jvmm("template", "rm", NAME).run(), file + " is not a folder");
        assertRefused(jvmm("template", "prune").run(), file + " is not a folder");
        assertRefused(jvmm("template", "create", NAME).run(), file + " is not a folder");
        assertBootsCold("jvmm: no template: " + file + " is not a folder");
    }

    @Test
    void aFolderThatOthersMayWrite() throws Exception {
        template.copyTo(cache, NAME);
        Path store = SharedTemplate.folder(cache);
        Files.setPosixFilePermissions(store, PosixFilePermissions.fromString("rwxrwx---"));
        assertRefused(fromMine().run(), store + " can be written by others");
        assertBootsCold("jvmm: no template: " + store + " can be written by others");
        Files.setPosixFilePermissions(store, PosixFilePermissions.fromString("rwx------"));
        assertEquals(new Result(0, "fine\n", ""), fromMine().run());
    }

    @Test
    void aFolderOfSomeoneElse() throws Exception {
        requireRoot();
        template.copyTo(cache, NAME);
        Path store = SharedTemplate.folder(cache);
        Files.setAttribute(store, "unix:uid", 65534);
        assertRefused(fromMine().run(), store + " belongs to user 65534");
        assertRefused(jvmm("template", "create", "other").run(), store + " belongs to user 65534");
    }

    @Test
    void aFolderThatCanOnlyBeRead() throws Exception {
        requireRoot();
        template.copyTo(cache, NAME);
        String readOnly = "unshare -m sh -c 'mount --bind " + cache + " " + cache + " && mount -o remount,ro,bind "
                + cache + " && exec \"$@\"' sh \"$@\"";
        assertEquals(new Result(0, "fine\n", ""), fromMine().under(readOnly).run());
        assertRefused(jvmm("template", "create", "other").under(readOnly).run(), "ead-only file system");
        assertRefused(jvmm("template", "rm", NAME).under(readOnly).run(), "ead-only file system");
    }

    private static void requireRoot() {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can do that");
    }

    @Test
    void aTemplateOfAnotherBuild() throws Exception {
        template.copyTo(cache, NAME);
        Path more = Files.createDirectory(folder.resolve("more"));
        assertRefused(fromMine().ofAnotherBuild(more).run(), "does not fit", "jvmm build");
    }

    @Test
    void listRemoveAndPrune() throws Exception {
        assertEquals(0, jvmm("template", "ls").run().code());
        assertEquals(new Result(0, "[]\n", ""), jvmm("template", "ls", "--json").run());
        template.copyTo(cache, NAME);
        String automatic = template.left().get(0);
        Path files = template.copyTo(cache, automatic);

        String json = jvmm("template", "ls", "--json").run().out();
        assertTrue(
                json.contains("{\"name\":\"" + NAME + "\",\"automatic\":false,\"vcpus\":\"1\",\"memory\":\"128 MiB\""),
                json);
        assertTrue(json.contains("{\"name\":\"" + automatic + "\",\"automatic\":true"), json);
        assertTrue(json.contains("\"problem\":\"\""), json);

        Result pruned = jvmm("template", "prune", "--limit", "0").run();
        assertEquals(0, pruned.code(), pruned.err());
        assertTrue(pruned.out().startsWith("removed " + automatic + "\n"), pruned.out());
        assertFalse(Files.exists(files));
        assertEquals(new Result(0, "fine\n", ""), fromMine().run());
        assertRefused(jvmm("template", "create", NAME).run(), "there is a template \"" + NAME + "\" already");
        assertEquals(new Result(0, "", ""), jvmm("template", "rm", NAME).run());
        assertRefused(jvmm("template", "rm", NAME).run(), "there is no template \"" + NAME + "\"");
        assertRefused(fromMine().run(), "there is no template \"" + NAME + "\"", "jvmm template");
    }

    @ParameterizedTest
    @CsvSource({ "''", ".hidden", "a/b", "..", "'a b'",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" })
    void namesThatCanNotBe(String name) throws Exception {
        String words = "a template can not be called \"" + name + "\": give letters";
        assertRefused(jvmm("template", "create", name).run(), words);
        assertRefused(jvmm("template", "rm", name).run(), words);
        assertRefused(jvmm("boot", "--from=" + name, "--", "/bin/true").run(), words);
    }

    @Test
    void whatBootsNameIsForBoots() throws Exception {
        assertRefused(jvmm("template", "create", "auto-mine").run(), "auto-", "for templates that boots make");
    }

    @ParameterizedTest
    @CsvSource({ "boot --from mine --memory 256M -- /bin/true, --from and --memory",
        "boot --from mine --cpus 2 -- /bin/true, --from and --cpus",
        "boot --from mine --no-template -- /bin/true, --from and --no-template", "template prune --limit 1.5X, --limit",
        "template create --cpus 0 mine, between 1 and 254", "template create, NAME", "template, Usage" })
    void whatDoesNotGoTogether(String line, String words) throws Exception {
        Result result = jvmm(line.split(" ")).run();
        assertEquals(2, result.code(), result.err());
        assertEquals("", result.out());
        assertTrue(result.err().contains(words), result.err());
    }
}
