package dev.jvmm.virtio.net;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Frames of any length for buffers of any length and cut, in any order of coming. What the driver gets are the frames as they came, in
 * order; those that are missing were counted, or still wait.
 */
class NetReceiveFuzzTest extends NetFuzzFixture {
    private static final int MOST_STEPS = 64;

    private final Deque<byte[]> expected = new ArrayDeque<>();
    private int arrived;

    @FuzzTest(maxDuration = "10m")
    void anyFrames(byte[] bytes) {
        int kind = bytes.length == 0 ? 0 : bytes[0];
        begin(bytes, ~((kind & 1) == 0 ? 0 : NetFeature.MRG_RXBUF)
                & ~((kind & 2) == 0 ? 0 : NetFeature.GUEST_OFFLOADS | NetFeature.CTRL_GUEST_OFFLOADS)
                & ~((kind & 4) == 0 ? 0 : NetFeature.MTU));
        next();
        expected.clear();
        arrived = 0;
        NetStatistics before = device.statistics();
        for (int i = 0; i < MOST_STEPS && hasInput() && !mock.needsReset(); i++) {
            int what = next();
            switch (what & 3) {
                case 0, 1 -> room(what);
                case 2 -> arrive(what);
                default -> take();
            }
        }
        if (!mock.needsReset()) {
            take();
            NetStatistics after = device.statistics();
            long lost = after.receivedDropped() - before.receivedDropped() + after.receivedFiltered()
                    - before.receivedFiltered();
            long waiting = arrived - lost - (after.receivedFrames() - before.receivedFrames());
            long queued = backend.incoming.get(0).size();
            check(waiting == queued || waiting == queued + 1, waiting + " frames are missing, " + queued + " wait");
        }
        proveWorking();
    }

    private void room(int what) {
        int length = 1 + ((what & 4) == 0 ? next() * 8 : next16() + (what & 8) * 0x200);
        int piece = Math.max(1 + ((what & 0x10) == 0 ? next16() : next()), length * 4 / QUEUE_SIZE + 1);
        if (mock.ring(0).free() >= (length + piece - 1) / piece) {
            driver.room(0, length, piece);
        }
        if ((what & 0x20) == 0) {
            mock.kick(0);
        }
    }

    private void arrive(int what) {
        byte[] header = { (byte) (what >> 2 & 1), (byte) ((what & 8) == 0 ? 0 : next() & 0x87), 0, 0, 1, 0, 0, 0, 0, 0,
            0,
            0 };
        int length = 14 + ((what & 0x10) == 0 ? next() * 8 : next16());
        int type = (what & 0x20) == 0 ? 0x0800 : 0x8100;
        byte[] frame = NetDriver.frame(header, NetDriver.OTHER + arrived, type, length);
        arrived++;
        if ((what & 0x40) == 0) {
            expected.add(frame);
            backend.arrive(0, frame);
        } else {
            backend.arrive(0, MemoryBackend.LOST);
        }
    }

    private void take() {
        while (mock.ring(0).hasUsed()) {
            byte[] frame = driver.receive(0);
            byte[] next = expected.poll();
            while (next != null && !equal(next, frame)) {
                next = expected.poll();
            }
            check(next != null, "a frame that did not come, or not now");
        }
    }

    /** But for flags, which the device clears for drivers that do not know them. */
    private static boolean equal(byte[] sent, byte[] received) {
        return Arrays.equals(sent, 1, sent.length, received, 1, received.length)
                && ByteBuffer.wrap(received).get(0) <= sent[0];
    }
}
