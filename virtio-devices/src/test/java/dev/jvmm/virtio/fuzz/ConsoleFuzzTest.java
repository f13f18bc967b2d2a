package dev.jvmm.virtio.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.jvmm.virtio.console.ConsoleConfig;
import dev.jvmm.virtio.console.ConsoleDevice;
import dev.jvmm.virtio.console.PortPeer;
import dev.jvmm.virtio.testing.MockDriver;
import dev.jvmm.virtio.testing.RequestFuzzer;
import java.nio.ByteBuffer;
import java.util.List;

/** What a guest may send to a console with two ports. */
class ConsoleFuzzTest {
    /** Takes half of what it is offered, so that output stays behind. */
    private static final class Reluctant implements PortPeer {
        long taken;

        @Override
        public void output(ByteBuffer bytes) {
            int take = (bytes.remaining() + 1) / 2;
            taken += take;
            bytes.position(bytes.position() + take);
        }
    }

    private final Reluctant reluctant = new Reluctant();
    private final ConsoleDevice device = new ConsoleDevice(
            new ConsoleConfig(List.of(new ConsoleConfig.Port("", true), new ConsoleConfig.Port("a", false)), 80, 25),
            List.of(PortPeer.NONE, reluctant));
    private final RequestFuzzer fuzzer = new RequestFuzzer(device, this::prove);

    @FuzzTest(maxDuration = "10m")
    void anyRequests(byte[] input) {
        fuzzer.run(input);
    }

    private void prove(MockDriver driver) {
        if (driver.call(1, new byte[]{ 'x' }, 0).length != 0) {
            throw new AssertionError("output has no answer");
        }
        device.input(0, ByteBuffer.allocate(3));
        device.outputReady(1);
        device.resize(1, 1);
    }
}
