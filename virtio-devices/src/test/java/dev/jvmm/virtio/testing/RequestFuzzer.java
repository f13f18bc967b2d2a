package dev.jvmm.virtio.testing;

import dev.jvmm.virtio.VirtioDevice;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Turns bytes into what a driver may do to a device that is up: buffers of any content and shape in any queue, kicks, configuration
 * writes, resets. Lies in the rings themselves are left to the fuzz tests of queues. Afterwards the device has to work.
 */
public final class RequestFuzzer {
    private static final int MOST_STEPS = 64;
    private static final int QUEUE_SIZE = 16;
    private static final int AREA = 0x1_0000;

    private final MockDriver driver;
    private final Consumer<MockDriver> proof;
    private ByteBuffer input;
    private long area;

    /**
     * @param proof that a device whose driver has just started works
     */
    public RequestFuzzer(VirtioDevice device, Consumer<MockDriver> proof) {
        driver = MockDriver.forDevice(device);
        this.proof = proof;
        driver.limitQueues(QUEUE_SIZE);
    }

    /** One input. */
    public void run(byte[] bytes) {
        input = ByteBuffer.wrap(bytes);
        start();
        for (int step = 0; step < MOST_STEPS && input.hasRemaining(); step++) {
            int what = next();
            switch (what & 7) {
                case 0, 1, 2, 3 -> post(what >> 3);
                case 4 -> driver.kick(what >> 3);
                case 5 -> driver.writeConfig(next() & 0x3F, 1 << (what >> 3 & 3), word());
                case 6 -> takeUsed();
                default -> {
                    if ((what & 0xF8) == 0xF8) {
                        restartWithout(next());
                    } else {
                        driver.acknowledge();
                    }
                }
            }
        }
        restart();
        proof.accept(driver);
        driver.reset();
        driver.rewind();
    }

    private void start() {
        driver.start();
        area = driver.allocate(AREA);
    }

    /** A driver that knows less: without some of the device's first eight features. */
    private void restartWithout(int features) {
        driver.reset();
        driver.rewind();
        long wanted = driver.offered() & ~(long) features;
        driver.start(driver.transport().device().accepts(wanted) ? wanted : driver.offered());
        area = driver.allocate(AREA);
    }

    private void restart() {
        driver.reset();
        driver.rewind();
        start();
    }

    private int next() {
        return input.hasRemaining() ? input.get() & 0xFF : 0;
    }

    private long word() {
        return next() | next() << 8 | next() << 16 | (long) next() << 24;
    }

    /** A chain of up to seven buffers, the first of which begin with bytes of the input. */
    private void post(int queueBits) {
        MockRing ring = driver.ring(queueBits % driver.transport().device().queues());
        int shape = next();
        int count = 1 + shape % 7;
        if (ring.free() < count) {
            return;
        }
        long[] buffers = new long[2 * count];
        for (int i = 0; i < count; i++) {
            int length = next();
            long address = area + next() * 0x80;
            int scale = length >> 6;
            buffers[2 * i] = address;
            buffers[2 * i + 1] = scale == 3 ? (length & 0x3F) * 0x400L : length & 0x3F;
            for (int at = 0; at < Math.min(length & 0x3F, 24) && scale < 2; at++) {
                driver.memory().write(address + at, new byte[]{ (byte) next() });
            }
        }
        ring.post(Math.min(count, shape / 7 % 8), buffers);
        if ((queueBits & 0x10) == 0) {
            driver.kick(queueBits % driver.transport().device().queues());
        }
    }

    private void takeUsed() {
        for (int queue = 0; queue < driver.transport().device().queues(); queue++) {
            while (driver.ring(queue).hasUsed()) {
                driver.ring(queue).takeUsed();
            }
        }
    }
}
