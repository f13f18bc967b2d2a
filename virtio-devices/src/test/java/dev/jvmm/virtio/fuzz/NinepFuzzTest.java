package dev.jvmm.virtio.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.jvmm.virtio.ninep.NinepConfig;
import dev.jvmm.virtio.ninep.NinepDevice;
import dev.jvmm.virtio.ninep.server.ShareConfig;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.RequestFuzzer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.stream.Stream;

/** What a guest may put into a share's queue: chains of any shape, flushes, resets at any moment. */
class NinepFuzzTest {
    /** Tversion with an msize of 8192. */
    private static final byte[] VERSION = HexFormat.of().parseHex("1500000064ffff002000000800" + "3950323030302e4c");

    private final Path folder = folder();
    private final RequestFuzzer fuzzer = new RequestFuzzer(
            NinepDevice.open("fuzz", new NinepConfig("fuzz"), ShareConfig.of(folder)), NinepFuzzTest::prove);

    private static Path folder() {
        try {
            Path folder = Files.createTempDirectory("jvmm-share-fuzz");
            folder.toFile().deleteOnExit();
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @FuzzTest(maxDuration = "10m")
    void anyRequests(byte[] input) throws IOException {
        fuzzer.run(input);
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).filter(file -> !file.equals(folder)).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static void prove(MockDriver driver) {
        byte[] answer = driver.call(0, VERSION, 64);
        if (answer.length != VERSION.length || answer[4] != VERSION[4] + 1) {
            throw new AssertionError("no answer to a version: " + HexFormat.of().formatHex(answer));
        }
    }
}
