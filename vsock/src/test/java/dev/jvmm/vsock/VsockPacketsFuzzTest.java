package dev.jvmm.vsock;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.jvmm.virtio.testing.MockDriver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Packets of any connection, type and operation, with programs of the host's that read, write, end and go, in any order. No guest is sent
 * beyond its credit, every RST is for a port that it named, and the device works afterwards.
 */
class VsockPacketsFuzzTest {
    private static final int MOST_STEPS = 96;
    private static final int PORT = 9;
    private static final int MOST_OPEN = 8;

    private final VsockDevice device = VsockDevice.open("fuzz", VsockConfig.of(VsockGuest.CID));
    private final MockDriver mock = MockDriver.forDevice(device);
    private final VsockListener stream = listen(false);
    private final VsockListener messages = listen(true);
    private final ArrayDeque<VsockChannel> open = new ArrayDeque<>();
    private VsockGuest guest;
    private ByteBuffer input;

    private VsockListener listen(boolean packets) {
        try {
            return packets ? device.listenForMessages(PORT) : device.listen(PORT);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private int next() {
        return input.hasRemaining() ? input.get() & 0xFF : 0;
    }

    @FuzzTest(maxDuration = "10m")
    void anyPackets(byte[] bytes) throws Exception {
        input = ByteBuffer.wrap(bytes);
        begin();
        guest.rooms(1 + next() % 32, 45 + next() * 4);
        for (int step = 0; step < MOST_STEPS && input.hasRemaining(); step++) {
            int what = next();
            switch (what & 7) {
                case 0, 1, 2, 3 -> send(what >> 3);
                case 4 -> guest.send(Packet.REQUEST, what >> 5, PORT);
                case 5 -> host(what >> 3);
                case 6 -> guest.type = 1 + (what >> 3 & 1);
                default -> take();
            }
            admit();
        }
        take();
        if (mock.needsReset()) {
            throw new AssertionError("the device has stopped");
        }
        prove();
    }

    private void begin() {
        while (!open.isEmpty()) {
            open.poll().close();
        }
        mock.reset();
        mock.rewind();
        mock.start();
        guest = new VsockGuest(mock);
    }

    private void send(int bits) {
        guest.bufAlloc = next() << (bits & 15);
        guest.fwdCnt = next();
        int length = next();
        guest.length = length == 255 ? Integer.toUnsignedLong(next() << 24 | next()) : -1;
        guest.send(next() % 9, bits & 3, PORT + (bits >> 4 & 1), next() & 3, new byte[length * (bits & 7)]);
    }

    private void take() {
        while (guest.hasNext()) {
            VsockGuest.Got got = guest.next();
            if (got.operation() < Packet.RESPONSE || got.operation() > Packet.CREDIT_UPDATE) {
                throw new AssertionError("a guest that asks is sent " + got);
            }
        }
    }

    private void admit() {
        VsockChannel channel = stream.poll();
        channel = channel == null ? messages.poll() : channel;
        if (channel != null) {
            open.add(channel);
        }
        if (open.size() > MOST_OPEN) {
            open.poll().close();
        }
    }

    private void host(int bits) {
        VsockChannel channel = open.poll();
        if (channel == null) {
            return;
        }
        try {
            switch (bits & 3) {
                case 0 -> channel.write(ByteBuffer.allocate(1 + next() * 16));
                case 1 -> channel.shutdownOutput();
                case 2 -> channel.shutdownInput();
                default -> {
                    channel.close();
                    return;
                }
            }
        } catch (IOException e) {
            // the guest has closed it
        }
        open.add(channel);
    }

    private void prove() throws Exception {
        begin();
        VsockChannel left = stream.poll();
        while (left != null) {
            left.close();
            left = stream.poll();
        }
        guest.rooms(4, 512);
        guest.send(Packet.REQUEST, 77, PORT);
        guest.next(Packet.RESPONSE, 77);
        try (VsockChannel channel = stream.accept()) {
            channel.write(ByteBuffer.wrap(new byte[]{ 1, 2, 3 }));
            if (guest.data(77, 3)[2] != 3) {
                throw new AssertionError("wrong bytes");
            }
        }
    }
}
