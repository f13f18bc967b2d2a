package dev.jvmm.virtio.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.jvmm.virtio.entropy.EntropyConfig;
import dev.jvmm.virtio.entropy.EntropyDevice;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.RequestFuzzer;

/** What a guest may ask an entropy device for. */
class EntropyFuzzTest {
    private final RequestFuzzer fuzzer = new RequestFuzzer(new EntropyDevice(EntropyConfig.UNLIMITED),
            EntropyFuzzTest::prove);

    @FuzzTest(maxDuration = "10m")
    void anyRequests(byte[] input) {
        fuzzer.run(input);
    }

    private static void prove(MockDriver driver) {
        if (driver.call(0, new byte[0], 9).length != 9) {
            throw new AssertionError("no randomness");
        }
    }
}
