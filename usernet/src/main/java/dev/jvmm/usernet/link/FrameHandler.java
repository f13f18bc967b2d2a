package dev.jvmm.usernet.link;

import io.netty.buffer.ByteBuf;

/** What the exchange needs of the stack. On the stack's thread. */
public interface FrameHandler {
    /** Takes frames and does nothing. */
    FrameHandler NONE = new FrameHandler() {
        @Override
        public void frame(ByteBuf frame) {}

        @Override
        public void batchEnd() {}

        @Override
        public void guestWritable() {}

        @Override
        public void guestReset() {}
    };

    /** A frame from the guest, header first; valid until this returns. */
    void frame(ByteBuf frame);

    /** No frames for now. */
    void batchEnd();

    /** There is room again after {@link Exchange#begin} had none. */
    void guestWritable();

    /** The next frame is another driver's, perhaps another system's. */
    void guestReset();
}
