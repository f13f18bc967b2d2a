package dev.jvmm.virtio.net;

import dev.jvmm.virtio.testing.MockDriver;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** A card in front of a network in memory, and its driver. */
@Timeout(60)
abstract class NetFixture {
    static final MacAddress MAC = MacAddress.parse("52:54:00:12:34:56");
    static final int PAIRS = 3;

    MemoryBackend backend = new MemoryBackend(PAIRS);
    NetDevice device;
    MockDriver mock;
    NetDriver driver;

    /** Makes the device. */
    final void make(NetConfig config) {
        device = new NetDevice("eth0", config, backend);
        mock = MockDriver.forDevice(device);
    }

    /** Makes the device and brings it up without some of its features. */
    final void start(NetConfig config, long without) {
        make(config);
        restart(without);
    }

    /** Brings the device up, without some of its features. */
    final void restart(long without) {
        mock.reset();
        mock.rewind();
        long features = mock.offered() & ~without;
        mock.start(features);
        driver = new NetDriver(mock, (features & NetFeature.MQ) == 0 ? 2 : 2 * PAIRS);
    }

    /** Waits until the loop has done what it had to do now. */
    final void afterTasks() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        backend.host.post(done::countDown);
        done.await();
    }

    @AfterEach
    final void closeMock() {
        if (mock != null) {
            mock.close();
        }
    }
}
