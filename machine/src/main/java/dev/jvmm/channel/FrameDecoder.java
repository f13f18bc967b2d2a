package dev.jvmm.channel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * Makes frames of the bytes a guest sends. Memory is bounded by one frame of {@link Frame#DATA_MAX} bytes, whatever the guest
 * claims. After an exception the stream has no meaning any more and each further call throws. For one thread.
 */
public final class FrameDecoder {
    private final ByteBuffer header = ByteBuffer.allocate(Frame.HEADER).order(ByteOrder.LITTLE_ENDIAN);
    private byte[] payload = new byte[0];
    private int filled;
    private boolean broken;

    /** At the start of a stream. */
    public FrameDecoder() {}

    /**
     * Takes bytes up to the end of a frame.
     *
     * @param source its position moves behind the bytes taken; all of them are taken when no frame is complete
     * @throws ChannelException when the bytes are no frame that a guest may send
     */
    public Optional<Frame> next(ByteBuffer source) {
        if (broken) {
            throw new ChannelException("the guest's channel is broken");
        }
        if (header.hasRemaining()) {
            while (header.hasRemaining() && source.hasRemaining()) {
                header.put(source.get());
            }
            if (header.hasRemaining()) {
                return Optional.empty();
            }
            payload = new byte[checkedLength()];
            filled = 0;
        }
        int part = Math.min(source.remaining(), payload.length - filled);
        source.get(payload, filled, part);
        filled += part;
        if (filled < payload.length) {
            return Optional.empty();
        }
        header.clear();
        return Optional.of(new Frame(type(), payload));
    }

    private FrameType type() {
        return FrameType.ofGuest(Byte.toUnsignedInt(header.get(0))).orElseThrow(this::unknown);
    }

    private ChannelException unknown() {
        return broken("a frame of unknown type 0x" + Integer.toHexString(Byte.toUnsignedInt(header.get(0))));
    }

    private int checkedLength() {
        FrameType type = type();
        int length = header.getInt(0) >>> Frame.LENGTH_SHIFT;
        if (type == FrameType.READY && length == 0) {
            // So begins the first version's READY, whose header was longer.
            broken = true;
            throw new ChannelException("the guest speaks version 1 of the channel, not " + CommandSession.VERSION);
        }
        if (!type.allows(length)) {
            throw broken("a " + type + " frame of " + length + " bytes");
        }
        return length;
    }

    private ChannelException broken(String what) {
        broken = true;
        return new ChannelException("the guest sent " + what + ": is its init jvmm's own, of this version?");
    }
}
