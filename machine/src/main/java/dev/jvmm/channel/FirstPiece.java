package dev.jvmm.channel;

import dev.jvmm.linux.RandomBytes;
import java.nio.ByteBuffer;

/** What a guest is told before its command: in one piece, so that the guest is interrupted, and its init woken, once. */
final class FirstPiece {
    private static final int ENTROPY = 32;

    private FirstPiece() {}

    /**
     * The frames as they go over the wire.
     *
     * @param slots ATTACH frames, or none
     * @param noInput whether the command's input ends before it begins
     */
    static byte[] of(GuestIdentity identity, byte[] slots, Frame order, boolean noInput) {
        byte[] entropy = Frame.entropy(RandomBytes.take(ENTROPY)).bytes();
        byte[] clock = Frame.clock(System.currentTimeMillis() * 1_000_000).bytes();
        byte[] who = Frame.identity(identity).bytes();
        byte[] what = order.bytes();
        byte[] end = noInput ? Frame.endOfInput().bytes() : new byte[0];
        ByteBuffer all = ByteBuffer.allocate(
                entropy.length + clock.length + who.length + slots.length + what.length + end.length);
        return all.put(entropy).put(clock).put(who).put(slots).put(what).put(end).array();
    }
}
