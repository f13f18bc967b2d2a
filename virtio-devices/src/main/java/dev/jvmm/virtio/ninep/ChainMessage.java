package dev.jvmm.virtio.ninep;

import dev.jvmm.virtio.ninep.server.IoVectors;
import dev.jvmm.virtio.ninep.server.Message;
import dev.jvmm.virtio.queue.DescriptorChain;
import java.nio.ByteBuffer;

/** One half of a chain as a message: what the driver wrote, or the room for the answer. */
final class ChainMessage implements Message {
    private final DescriptorChain chain;
    private final boolean readable;

    ChainMessage(DescriptorChain chain, boolean readable) {
        this.chain = chain;
        this.readable = readable;
    }

    @Override
    public int length() {
        return (int) Math.min(Integer.MAX_VALUE, readable ? chain.readableLength() : chain.writableLength());
    }

    @Override
    public void read(int offset, ByteBuffer to) {
        if (!readable) {
            throw new UnsupportedOperationException("an answer is only written");
        }
        chain.read(offset, to, to.position(), to.remaining());
        to.position(to.limit());
    }

    @Override
    public void write(int offset, ByteBuffer from) {
        if (readable) {
            throw new UnsupportedOperationException("a request is only read");
        }
        chain.write(offset, from, from.position(), from.remaining());
        from.position(from.limit());
    }

    @Override
    public int vectors(int offset, int length, IoVectors into) {
        into.filled(readable
                ? chain.readableVectors(offset, length, into.array())
                : chain.writableVectors(offset, length, into.array()));
        return into.count();
    }
}
