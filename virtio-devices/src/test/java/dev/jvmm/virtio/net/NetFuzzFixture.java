package dev.jvmm.virtio.net;

import dev.jvmm.virtio.testing.MockDriver;
import java.nio.ByteBuffer;

/** A card whose driver does what bytes say. The device is the same for all inputs; each begins with a reset. */
abstract class NetFuzzFixture {
    static final int PAIRS = 2;
    static final int QUEUE_SIZE = 32;

    final MemoryBackend backend = new MemoryBackend(PAIRS);
    final NetDevice device = new NetDevice("fuzz", NetConfig.of(NetFixture.MAC).withPairs(PAIRS).withMtu(1500),
            backend);
    final MockDriver mock = MockDriver.forDevice(device);
    NetDriver driver;

    /** What the driver has agreed to. */
    long features;

    private ByteBuffer input;

    /** Begins with an input and brings the device up. */
    final void begin(byte[] bytes, long wanted) {
        input = ByteBuffer.wrap(bytes);
        mock.reset();
        mock.rewind();
        backend.forget();
        mock.limitQueues(QUEUE_SIZE);
        features = mock.offered() & wanted;
        if (!NetFeature.consistent(features)) {
            features = mock.offered() & ~NetFeature.OFFLOADS & ~NetFeature.CTRL_GUEST_OFFLOADS;
        }
        mock.start(features);
        driver = new NetDriver(mock, control());
    }

    final int control() {
        return (features & NetFeature.MQ) == 0 ? 2 : 2 * PAIRS;
    }

    final boolean has(long feature) {
        return (features & feature) != 0;
    }

    final boolean hasInput() {
        return input.hasRemaining();
    }

    /** The next byte, 0 behind the end. */
    final int next() {
        return input.hasRemaining() ? input.get() & 0xFF : 0;
    }

    final int next16() {
        return next() << 8 | next();
    }

    final byte[] next(int count) {
        byte[] bytes = new byte[count];
        input.get(bytes, 0, Math.min(count, input.remaining()));
        return bytes;
    }

    static void check(boolean good, String what) {
        if (!good) {
            throw new AssertionError(what);
        }
    }

    /** A device that was brought up anew sends and receives. */
    final void proveWorking() {
        backend.forget();
        begin(new byte[0], -1);
        driver.send(0, NetDriver.frame(60));
        check(backend.sent.size() == 1, "nothing is sent");
        driver.rooms(0, 1, NetDriver.BUFFER);
        backend.arrive(0, NetDriver.frame(61));
        check(mock.ring(0).hasUsed(), "nothing is received");
    }
}
