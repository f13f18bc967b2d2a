package dev.jvmm.vsock;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.jvmm.virtio.testing.RequestFuzzer;

/** Buffers of any shape and content in any queue. */
class VsockRequestsFuzzTest {
    private final VsockDevice device = VsockDevice.open("fuzz", VsockConfig.of(VsockGuest.CID));
    private final RequestFuzzer fuzzer = new RequestFuzzer(device, driver -> {
        VsockGuest guest = new VsockGuest(driver).rooms(4, 512);
        guest.send(Packet.REQUEST, 7, 9);
        guest.next(Packet.RST, 7);
    });

    @FuzzTest(maxDuration = "10m")
    void anyRequests(byte[] bytes) {
        fuzzer.run(bytes);
    }
}
