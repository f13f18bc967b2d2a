package dev.jvmm.usernet;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.usernet.link.DeviceSide;
import dev.jvmm.usernet.link.Exchange;
import dev.jvmm.usernet.packet.Checksum;
import dev.jvmm.usernet.packet.Protocol;
import dev.jvmm.usernet.testing.ArrayRoom;
import dev.jvmm.usernet.testing.Received;
import dev.jvmm.usernet.testing.ScriptedGuest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;

/**
 * Whole frames of any content, one after the other, each behind a byte of what to put right in it and two of its length: checksums, which
 * no fuzzer would find. Whatever comes back is a frame that can be believed. The guest reaches nobody, so no socket is opened.
 */
class FrameFuzzTest {
    private static final int MOST_FRAMES = 64;
    private static final PooledByteBufAllocator BUFFERS = PooledByteBufAllocator.DEFAULT;

    private final DeviceSide device = new NoDevice();
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final Exchange exchange = new Exchange(channel.eventLoop(), BUFFERS, device);
    private final ArrayRoom room = new ArrayRoom();

    private static final class NoDevice implements DeviceSide {
        @Override
        public void frameReady() {}

        @Override
        public void roomReady() {}

        @Override
        public Watch watch(FileDescriptor descriptor, Runnable ready) {
            throw new AssertionError("a guest that reaches nobody");
        }
    }

    @FuzzTest(maxDuration = "10m")
    void anyFrames(byte[] input) {
        long before = Engine.buffersInUse();
        UserNetConfig config = UserNetConfig.DEFAULTS.withRestricted(true);
        long[] clock = { 0 };
        Stack stack = new Stack(channel.eventLoop(), BUFFERS, config, exchange, device, () -> clock[0] += 1_000_000);
        exchange.attach(stack);
        exchange.configure(input.length > 0 && input[0] < 0 ? 0 : ScriptedGuest.ALL_OFFLOADS);
        int at = 0;
        for (int frames = 0; frames < MOST_FRAMES && input.length - at > 3; frames++) {
            int length = Math.min((input[at + 1] & 0xFF) << 8 | input[at + 2] & 0xFF, input.length - at - 3);
            ByteBuf frame = BUFFERS.directBuffer(Math.max(length, 1)).writeBytes(input, at + 3, length);
            putRight(frame, input[at]);
            stack.frame(frame);
            frame.release();
            at += 3 + length;
            stack.batchEnd();
        }
        for (int length = exchange.receive(room); length != 0; length = exchange.receive(room)) {
            new Received(room.taken(length));
        }
        stack.close();
        exchange.reset();
        channel.runPendingTasks();
        if (Engine.buffersInUse() != before) {
            throw new AssertionError("buffers are lost");
        }
    }

    /** @param what 1: addressed to the gateway; 2: IPv4's checksum; 4: that of what it carries */
    private static void putRight(ByteBuf frame, int what) {
        if (frame.readableBytes() < 12 + 14 + 20) {
            return;
        }
        if ((what & 1) != 0) {
            frame.setShort(12, 0x5255).setInt(14, 0x0A00_0202).setByte(18, 0x52);
        }
        int ip = 26;
        boolean v4 = frame.getByte(ip) >> 4 == 4;
        int header = v4 ? (frame.getByte(ip) & 0xF) * 4 : 40;
        int rest = frame.readableBytes() - ip - header;
        if ((what & 2) != 0 && v4 && rest >= 0 && header >= 20) {
            frame.setShort(24, Protocol.IPV4).setShort(ip + 2, header + rest).setShort(ip + 10, 0);
            frame.setShort(ip + 10, Checksum.finish(Checksum.add(0, frame, ip, header)));
        }
        int protocol = frame.getUnsignedByte(v4 ? ip + 9 : ip + 6);
        if ((what & 4) != 0 && rest >= 20 && header >= 20) {
            int field = ip + header + (protocol == Protocol.TCP ? 16 : protocol == Protocol.UDP ? 6 : 2);
            long sum = protocol == Protocol.ICMP ? 0
                    : Checksum.add(protocol + rest, frame, v4 ? ip + 12 : ip + 8, v4 ? 8 : 32);
            frame.setShort(field, 0);
            frame.setShort(field, Checksum.finish(Checksum.add(sum, frame, ip + header, rest)));
        }
    }
}
