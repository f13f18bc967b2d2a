package dev.jvmm.usernet.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;

/**
 * The buffers that a host's socket is read into: with room for a header in front, of a size that goes to the guest in one
 * packet, and no more of them than the send buffer has room for.
 */
final class HostReads extends DefaultMaxMessagesRecvByteBufAllocator {
    static final int LEAST = 2048 - SendBuffer.HEADROOM;

    /** Reads in a row before other channels have their turn. */
    private static final int MOST_READS = 16;
    private static final int MIDDLE = (16 << 10) - SendBuffer.HEADROOM;

    private final HostSide side;

    HostReads(HostSide side) {
        this.side = side;
    }

    @Override
    @SuppressWarnings("deprecation") // the type is deprecated for its old implementations, and still what Netty asks for
    public RecvByteBufAllocator.Handle newHandle() {
        return new Reads();
    }

    private final class Reads extends MaxMessageHandle {
        private int size = LEAST;
        private int small;
        private int reads;

        @Override
        public void reset(ChannelConfig config) {
            super.reset(config);
            reads = 0;
        }

        @Override
        public int guess() {
            return size;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            int room = SendBuffer.HEADROOM + Math.max(1, Math.min(size, side.room()));
            ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(room, room);
            return buffer.setIndex(SendBuffer.HEADROOM, SendBuffer.HEADROOM);
        }

        /** Two short reads in a row make the next one smaller; a full one makes it larger at once. */
        @Override
        public void lastBytesRead(int bytes) {
            super.lastBytesRead(bytes);
            reads++;
            if (bytes == attemptedBytesRead()) {
                small = 0;
                size = size < MIDDLE ? MIDDLE : side.readSize();
            } else if (bytes < size / 4 && ++small > 1) {
                small = 0;
                size = size > MIDDLE ? MIDDLE : LEAST;
            }
        }

        /** Netty's own answer would be no, as auto-read is off. */
        @Override
        public boolean continueReading() {
            return reads < MOST_READS && lastBytesRead() > 0 && lastBytesRead() == attemptedBytesRead()
                    && side.room() >= LEAST;
        }
    }
}
