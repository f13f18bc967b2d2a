package dev.jvmm.virtio.net;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.jvmm.state.StateException;
import dev.jvmm.state.StateRecord;
import dev.jvmm.state.StateWriter;
import dev.jvmm.virtio.testing.MockDriver;

/** Records of network cards as a forged snapshot has them: refused, or the device stands whatever comes and works after a reset. */
class NetStateFuzzTest {
    private static final int PAIRS = 2;

    @FuzzTest(maxDuration = "10m")
    void anyRecord(byte[] input) {
        MemoryBackend backend = new MemoryBackend(PAIRS);
        NetDevice device = new NetDevice("fuzz", NetConfig.of(NetFixture.MAC).withPairs(PAIRS).withMtu(1500), backend);
        try (MockDriver mock = MockDriver.forDevice(device)) {
            new StateRecord("device", 1, input).restore(mock.transport());
            mock.transport().resume();
            for (int queue = 0; queue < device.queues(); queue++) {
                backend.incoming.get(queue % PAIRS).add(NetDriver.frame(100 * queue + 20));
                mock.kick(queue);
            }
            device.save(new StateWriter());
            mock.reset();
            mock.start();
            backend.forget();
            NetDriver driver = new NetDriver(mock, 2 * PAIRS);
            driver.send(0, NetDriver.frame(60));
            driver.rooms(0, 1, NetDriver.BUFFER);
            backend.arrive(0, NetDriver.frame(61));
            boolean linked = (mock.config(CardConfig.STATUS, 2) & CardConfig.LINK_UP) != 0;
            if (mock.needsReset() || backend.sent.isEmpty() == linked || mock.ring(0).hasUsed() != linked) {
                throw new AssertionError("the device does not work");
            }
        } catch (StateException e) {
            // a forgery, found
        }
    }
}
