package dev.jvmm.virtio.net;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Frames with any header, of any length and cut, sent while the network takes them or not. What is sent is what was posted, in order, with
 * a header that goes with what was negotiated; everything comes back.
 */
class NetTransmitFuzzTest extends NetFuzzFixture {
    private static final int MOST_FRAMES = 64;

    @FuzzTest(maxDuration = "10m")
    void anyFrames(byte[] bytes) {
        begin(bytes, ~((bytes.length == 0 ? 0L : bytes[0] & 0x3FL) << 11 & NetFeature.HOST_OFFLOADS
                | (bytes.length > 1 && bytes[1] < 0 ? NetFeature.CSUM | NetFeature.HOST_OFFLOADS : 0)
                | (bytes.length > 1 && (bytes[1] & 1) != 0 ? NetFeature.HOST_USO : 0)));
        next16();
        int posted = 0;
        int taken = 0;
        for (int i = 0; i < MOST_FRAMES && hasInput() && !mock.needsReset(); i++) {
            int what = next();
            if ((what & 3) == 0) {
                backend.answer = (what & 4) == 0 ? 0 : (what & 8) == 0 ? -11 : -5;
                if (backend.answer != -11) {
                    backend.writable(0);
                }
            } else if (mock.ring(1).free() > QUEUE_SIZE / 2) {
                post(what);
                posted++;
            }
            if ((what & 0x40) == 0) {
                mock.kick(1);
            }
            for (; mock.ring(1).hasUsed(); taken++) {
                check(mock.ring(1).takeUsed() == 0, "something was written");
            }
        }
        if (!mock.needsReset()) {
            backend.answer = 0;
            backend.writable(0);
            mock.kick(1);
            for (; mock.ring(1).hasUsed(); taken++) {
                mock.ring(1).takeUsed();
            }
            check(mock.needsReset() || taken == posted, taken + " of " + posted + " came back");
        }
        backend.sent.forEach(this::checkHeader);
        proveWorking();
    }

    private void post(int what) {
        byte[] header = next(NetHeader.SIZE);
        int length = (what & 8) == 0 ? next() : next16() * ((what & 0x10) == 0 ? 1 : 2);
        ByteBuffer frame = ByteBuffer.allocate(Math.max(1, length));
        frame.put(header, 0, Math.min(header.length, frame.capacity()));
        int piece = 1 + ((what & 0x20) == 0 ? next16() : next());
        driver.post(1, frame.array(), Math.max(piece, frame.capacity() * 2 / QUEUE_SIZE + 1));
    }

    private void checkHeader(MemoryBackend.Sent sent) {
        ByteBuffer frame = ByteBuffer.wrap(sent.frame()).order(ByteOrder.LITTLE_ENDIAN);
        boolean checksum = (frame.get(NetHeader.FLAGS) & NetHeader.F_NEEDS_CSUM) != 0;
        if (checksum) {
            check(has(NetFeature.CSUM), "a checksum that nobody agreed on");
            int end = Short.toUnsignedInt(frame.getShort(NetHeader.CSUM_START))
                    + Short.toUnsignedInt(frame.getShort(NetHeader.CSUM_OFFSET)) + 2;
            check(end <= frame.capacity() - NetHeader.SIZE, "a checksum behind the frame");
        }
        int type = frame.get(NetHeader.GSO_TYPE) & 0xFF;
        if (type != NetHeader.GSO_NONE) {
            check(checksum && frame.getShort(NetHeader.GSO_SIZE) != 0, "segments of nothing");
            check(switch (type & ~NetHeader.GSO_ECN) {
                case NetHeader.GSO_TCPV4 -> has(NetFeature.HOST_TSO4);
                case NetHeader.GSO_TCPV6 -> has(NetFeature.HOST_TSO6);
                case NetHeader.GSO_UDP -> has(NetFeature.HOST_UFO) && type == NetHeader.GSO_UDP;
                case NetHeader.GSO_UDP_L4 -> has(NetFeature.HOST_USO) && type == NetHeader.GSO_UDP_L4;
                default -> false;
            }, "segments that nobody agreed on");
            check((type & NetHeader.GSO_ECN) == 0 || has(NetFeature.HOST_ECN), "ECN that nobody agreed on");
        }
    }
}
