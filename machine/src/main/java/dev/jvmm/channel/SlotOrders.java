package dev.jvmm.channel;

import java.nio.ByteBuffer;

/** The orders about virtio slots that the guest has not answered yet. Thread-safe. */
final class SlotOrders {
    private static final int FRAME = Frame.HEADER + 1;

    private final int[] attaching = new int[Frame.SLOT_MAX + 1];
    private final int[] detaching = new int[Frame.SLOT_MAX + 1];

    /** The ATTACH frames of so many slots. */
    synchronized byte[] attach(int... slots) {
        ByteBuffer frames = ByteBuffer.allocate(slots.length * FRAME);
        for (int slot : slots) {
            frames.put(Frame.attach(slot).bytes());
        }
        for (int slot : slots) {
            attaching[slot]++;
        }
        return frames.array();
    }

    /** The DETACH frame of a slot. */
    synchronized byte[] detach(int slot) {
        byte[] frame = Frame.detach(slot).bytes();
        detaching[slot]++;
        return frame;
    }

    /** @throws ChannelException when the guest was not asked for what its SLOT frame answers */
    synchronized void answered(Frame frame) {
        int operation = frame.octet(1);
        if (operation != FrameType.ATTACH.code() && operation != FrameType.DETACH.code()) {
            throw new ChannelException("the guest sent SLOT for an unknown operation " + operation);
        }
        int[] asked = operation == FrameType.ATTACH.code() ? attaching : detaching;
        if (asked[frame.octet(0)]-- == 0) {
            throw new ChannelException("the guest sent SLOT for slot " + frame.octet(0) + " without being asked");
        }
    }
}
