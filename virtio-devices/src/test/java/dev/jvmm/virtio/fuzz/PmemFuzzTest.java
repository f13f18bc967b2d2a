package dev.jvmm.virtio.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.jvmm.virtio.pmem.PmemConfig;
import dev.jvmm.virtio.pmem.PmemDevice;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.RequestFuzzer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a guest may ask a persistent memory device for. */
class PmemFuzzTest {
    private final RequestFuzzer fuzzer = new RequestFuzzer(device(), PmemFuzzTest::prove);

    private static PmemDevice device() {
        try {
            Path image = Files.createTempFile("jvmm-fuzz", ".img");
            Files.write(image, new byte[2 << 20]);
            PmemDevice device = PmemDevice.open("fuzz", PmemConfig.of(image.toString()));
            Files.delete(image);
            return device;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @FuzzTest(maxDuration = "10m")
    void anyRequests(byte[] input) {
        fuzzer.run(input);
    }

    private static void prove(MockDriver driver) {
        if (driver.call(0, new byte[4], 4)[0] != 0) {
            throw new AssertionError("no flush");
        }
    }
}
