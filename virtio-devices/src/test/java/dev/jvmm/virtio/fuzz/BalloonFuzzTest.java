package dev.jvmm.virtio.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.virtio.balloon.BalloonConfig;
import dev.jvmm.virtio.balloon.BalloonDevice;
import dev.jvmm.virtio.balloon.BalloonListener;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.RequestFuzzer;

/** What a guest may tell a balloon. The pages that go back are those of a second memory, so the driver keeps its own. */
class BalloonFuzzTest {
    private final GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(MockDriver.MEMORY));
    private final BalloonDevice device = new BalloonDevice(new BalloonConfig(1 << 20, true, true, true), memory,
            BalloonListener.NONE);
    private final RequestFuzzer fuzzer = new RequestFuzzer(device, this::prove);

    @FuzzTest(maxDuration = "10m")
    void anyRequests(byte[] input) {
        fuzzer.run(input);
    }

    private void prove(MockDriver driver) {
        memory.write(0x3000, new byte[]{ 1 });
        driver.call(0, new byte[]{ 3, 0, 0, 0 }, 0);
        if (memory.read(0x3000, 1)[0] != 0) {
            throw new AssertionError("the page is still there");
        }
        device.requestStatistics();
    }
}
