package dev.jvmm.virtio.net;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.RequestFuzzer;

/** What a guest may put into any queue of a network card. */
class NetRequestsFuzzTest {
    private static final int PAIRS = 2;

    private final MemoryBackend backend = new MemoryBackend(PAIRS);
    private final NetDevice device = new NetDevice("fuzz", NetConfig.of(NetFixture.MAC).withPairs(PAIRS), backend);
    private final RequestFuzzer fuzzer = new RequestFuzzer(device, this::prove);

    /** The first byte says how many frames wait for the guest. */
    @FuzzTest(maxDuration = "10m")
    void anyRequests(byte[] input) {
        backend.forget();
        for (int i = 0; input.length > 0 && i < (input[0] & 0xF); i++) {
            backend.incoming.get(i & 1).add(NetDriver.frame(100 + i));
        }
        fuzzer.run(input);
    }

    private void prove(MockDriver driver) {
        backend.forget();
        NetDriver net = new NetDriver(driver, 2 * PAIRS);
        net.send(0, NetDriver.frame(60));
        if (backend.sent.size() != 1) {
            throw new AssertionError("nothing is sent");
        }
        net.rooms(0, 1, NetDriver.BUFFER);
        backend.arrive(0, NetDriver.frame(61));
        if (!driver.ring(0).hasUsed()) {
            throw new AssertionError("nothing is received");
        }
    }
}
