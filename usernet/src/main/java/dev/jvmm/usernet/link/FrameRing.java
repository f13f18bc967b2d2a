package dev.jvmm.usernet.link;

import io.netty.buffer.ByteBuf;

/** A bounded queue of buffers from one thread to one other, which says where each one's further data may lie. */
final class FrameRing {
    private final ByteBuf[] frames;
    private final int[] sizes;
    private final long mostBytes;

    /** Counts frames taken out; the taker's. */
    private volatile int head;

    /** Counts frames put in; the putter's. What is in a slot is published by it. */
    private volatile int tail;

    private volatile long bytesTaken;
    private volatile long bytesPut;

    /** @param slots a power of two */
    FrameRing(int slots, long mostBytes) {
        frames = new ByteBuf[slots];
        sizes = new int[slots];
        this.mostBytes = mostBytes;
    }

    /** The putter's: whether a frame of so many bytes would find room. */
    boolean room(int bytes) {
        return tail - head < frames.length && bytes <= mostBytes - (bytesPut - bytesTaken);
    }

    /** The putter's: the slot that {@link #put} will fill. */
    int free() {
        return tail & frames.length - 1;
    }

    /** The putter's, after {@link #room}. Takes over the frame. */
    @SuppressWarnings("NonAtomicOperationOnVolatileField") // one thread writes it
    void put(ByteBuf frame, int bytes) {
        int slot = free();
        frames[slot] = frame;
        sizes[slot] = bytes;
        bytesPut += bytes;
        tail++;
    }

    /** Either's. */
    boolean isEmpty() {
        return head == tail;
    }

    /** Either's: whether there is so much room that it is worth telling. */
    boolean isHalfEmpty() {
        return tail - head <= frames.length / 2 && bytesPut - bytesTaken <= mostBytes / 2;
    }

    /** The taker's: the slot of the first frame. */
    int first() {
        return head & frames.length - 1;
    }

    /** The taker's: the first frame, which stays, and stays the ring's. */
    ByteBuf peek() {
        return frames[first()];
    }

    /** The taker's: the first frame, which is the caller's from now on. */
    @SuppressWarnings("NonAtomicOperationOnVolatileField") // one thread writes it
    ByteBuf take() {
        int slot = first();
        ByteBuf frame = frames[slot];
        frames[slot] = null;
        bytesTaken += sizes[slot];
        head++;
        return frame;
    }
}
