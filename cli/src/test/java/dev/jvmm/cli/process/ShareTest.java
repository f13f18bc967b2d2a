package dev.jvmm.cli.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.cli.process.Jvmm.Result;
import dev.jvmm.testing.RequiresKvm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Directories of the host in the default guest, as a person has them. */
@RequiresKvm
@Timeout(300)
class ShareTest {
    private static final int SIZE = 3_000_001;
    private static final int PIECE = 100_000;

    @TempDir
    Path folder;

    private Path shared;
    private byte[] content;

    @BeforeAll
    @Timeout(600)
    static void make() throws Exception {
        SharedTemplate.make();
    }

    @BeforeEach
    void fill() throws Exception {
        content = new byte[SIZE];
        new Random(8).nextBytes(content);
        shared = Files.createDirectory(folder.resolve("shared, too"));
        Files.write(shared.resolve("data"), content);
    }

    private String share(String more) {
        return "tag=it's,path=" + shared.toString().replace(",", ",,") + ",mount=/mnt/a b" + more;
    }

    private static String sum(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private Result boot(List<String> shares, String script) throws Exception {
        List<String> all = new ArrayList<>(List.of("boot"));
        for (String share : shares) {
            all.addAll(List.of("--share", share));
        }
        all.addAll(List.of("--", "/bin/sh", "-c", script));
        return new Jvmm(folder, all.toArray(new String[0])).run();
    }

    private String said(List<String> shares, String script) throws Exception {
        Result result = boot(shares, script);
        assertEquals("", result.err());
        assertEquals(0, result.code());
        return result.out();
    }

    @ParameterizedTest
    @ValueSource(strings = { "", ",ro", ",ids=mapped", ",msize=4096" })
    void theGuestReadsWhatIsThere(String more) throws Exception {
        assertEquals(sum(content) + "  data\n", said(List.of(share(more)), "cd '/mnt/a b' && sha256sum data"));
    }

    @Test
    void theHostHasWhatTheGuestDoes() throws Exception {
        Files.writeString(shared.resolve("old"), "old\n");
        String out = said(List.of(share("")), "cd '/mnt/a b' && cp data copy && mkdir -p a/b && mv copy a/b/moved"
                + " && ln -s b a/link && ln data a/hard && rm old && echo more >>a/b/text && chmod 640 a/b/text"
                + " && exec 3>gone 4<gone && rm gone && echo still >&3 && cat <&4 && ls a/link && ls");
        assertEquals("still\nmoved\ntext\na\ndata\n", out);
        assertArrayEquals(content, Files.readAllBytes(shared.resolve("a/b/moved")));
        assertEquals("more\n", Files.readString(shared.resolve("a/b/text")));
        assertEquals(Path.of("b"), Files.readSymbolicLink(shared.resolve("a/link")));
        assertEquals(2, Files.getAttribute(shared.resolve("data"), "unix:nlink"));
        assertEquals(0640, (int) Files.getAttribute(shared.resolve("a/b/text"), "unix:mode") & 0777);
        assertFalse(Files.exists(shared.resolve("old")));
        assertFalse(Files.exists(shared.resolve("gone")));
    }

    /** The machine is stopped, not shut down, when the command has ended. */
    @Test
    void whatWasOnlyInTheGuestsCacheIsThereAtTheEnd() throws Exception {
        said(List.of("tag=loose,path=" + folder.resolve("shared, too").toString().replace(",", ",,")),
                "mkdir -p /mnt/l && mount -t 9p -o trans=virtio,version=9p2000.L,cache=loose loose /mnt/l && echo kept >/mnt/l/new");
        assertEquals("kept\n", Files.readString(shared.resolve("new")));
    }

    @Test
    void nothingIsChangedInAReadOnlyShare() throws Exception {
        Result result = boot(List.of(share(",ro")),
                "cd '/mnt/a b'; mount -o remount,rw . 2>/dev/null; echo x >new; rm -f data; ls");
        assertEquals("data\n", result.out());
        assertArrayEquals(content, Files.readAllBytes(shared.resolve("data")));
    }

    /** Links are the guest's to follow, in its own tree. */
    @Test
    void linksLeadNowhereOnTheHost() throws Exception {
        Path canary = Files.writeString(folder.resolve("canary"), "outside\n");
        Files.createSymbolicLink(shared.resolve("absolute"), canary);
        Files.createSymbolicLink(shared.resolve("relative"), Path.of("../canary"));
        Files.createSymbolicLink(shared.resolve("folder"), folder);
        String out = said(List.of(share("")), "cd '/mnt/a b'; for i in absolute relative folder/canary ../canary; do"
                + " cat $i 2>/dev/null; (echo in >$i) 2>/dev/null; done; readlink relative");
        assertFalse(out.contains("outside"), out);
        assertTrue(out.endsWith("../canary\n"), out);
        assertEquals("outside\n", Files.readString(canary));
    }

    @Test
    void sharesAreTwoAndOneMayBeInTheOther() throws Exception {
        Path inner = Files.createDirectory(shared.resolve("inner"));
        Files.writeString(inner.resolve("x"), "inner\n", StandardCharsets.US_ASCII);
        String out = said(
                List.of(share(""), "tag=second,path=" + inner.toString().replace(",", ",,") + ",ro,mount=/mnt/second"),
                "cat /mnt/second/x '/mnt/a b/inner/x'; grep -c 9p /proc/mounts");
        assertEquals("inner\ninner\n2\n", out);
    }

    /** What the guest was told is safe, is; it is killed while it writes more. */
    @Test
    void whatWasFlushedSurvivesAKill() throws Exception {
        String script = "cd '/mnt/a b' && head -c " + PIECE + " data >/tmp/piece && i=0 && while true; do i=$((i+1));"
                + " dd if=/tmp/piece of=piece$i bs=9999 conv=fsync 2>/dev/null && echo \"flushed $i.\"; done";
        Jvmm jvmm = new Jvmm(folder, "boot", "--share", share(""), "--", "/bin/sh", "-c", script);
        Process process = jvmm.start();
        jvmm.await(process, "out", "flushed 3.");
        process.destroyForcibly().waitFor();
        byte[] piece = Arrays.copyOf(content, PIECE);
        int pieces = 0;
        while (Files.readString(folder.resolve("out")).contains("flushed " + (pieces + 1) + ".")) {
            pieces++;
            assertArrayEquals(piece, Files.readAllBytes(shared.resolve("piece" + pieces)));
        }
        assertTrue(pieces >= 3);
        assertEquals(sum(content) + "  data\n", said(List.of(share("")), "cd '/mnt/a b' && sha256sum data"));
    }

    @Test
    void aDirectoryThatIsNotThereIsSaid() throws Exception {
        Result result = boot(List.of("tag=x,path=/does/not/exist"), "true");
        assertEquals(1, result.code());
        assertTrue(result.err().contains("/does/not/exist"), result.err());
    }
}
