package dev.jvmm.channel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * One frame: a header of 4 bytes (its type, then the payload's length, little-endian), then the payload.
 *
 * @param type its kind
 * @param payload within the kind's bounds; not copied, so not to be changed any more
 */
public record Frame(FrameType type, byte[] payload) {
    static final int HEADER = 4;
    static final int LENGTH_SHIFT = 8;

    /** The most bytes of a data frame. */
    public static final int DATA_MAX = 4096;

    /** The most bytes of a RUN frame. */
    public static final int RUN_MAX = 1 << 20;

    /** The highest number of a slot. */
    static final int SLOT_MAX = 255;

    /** Checks the payload's bounds. */
    public Frame {
        if (!type.allows(payload.length)) {
            throw new IllegalArgumentException(type + " frame with " + payload.length + " bytes");
        }
    }

    private static Frame of(FrameType type, ByteBuffer payload) {
        return new Frame(type, payload.array());
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Input for the command, 1 to {@link #DATA_MAX} bytes of an array. */
    public static Frame stdin(byte[] bytes, int offset, int length) {
        byte[] copy = new byte[length];
        System.arraycopy(bytes, offset, copy, 0, length);
        return new Frame(FrameType.STDIN, copy);
    }

    /** The end of the command's input. */
    public static Frame endOfInput() {
        return of(FrameType.STDIN, little(0));
    }

    /** A signal for the command's process group, 1 to 64. */
    public static Frame signal(int number) {
        return of(FrameType.SIGNAL, little(1).put(0, (byte) number));
    }

    /** The terminal's new size, each 0 to 65535. */
    public static Frame resize(int rows, int columns) {
        return of(FrameType.RESIZE, little(4).putShort(0, (short) rows).putShort(2, (short) columns));
    }

    /** The time of day in nanoseconds since 1970-01-01T00:00:00Z. */
    public static Frame clock(long nanos) {
        return of(FrameType.CLOCK, little(8).putLong(0, nanos));
    }

    /** 16 to 512 random bytes. */
    public static Frame entropy(byte[] random) {
        return new Frame(FrameType.ENTROPY, random.clone());
    }

    /** Who the guest is. */
    public static Frame identity(GuestIdentity identity) {
        return new Frame(FrameType.IDENTITY, identity.payload());
    }

    /** A virtio slot that the host has filled, 0 to 255. */
    public static Frame attach(int slot) {
        return slot(FrameType.ATTACH, slot);
    }

    /** A virtio slot that the guest is to let go of, 0 to 255. */
    public static Frame detach(int slot) {
        return slot(FrameType.DETACH, slot);
    }

    private static Frame slot(FrameType type, int slot) {
        if (slot < 0 || slot > SLOT_MAX) {
            throw new IllegalArgumentException("slot " + slot + ": give 0 to " + SLOT_MAX);
        }
        return of(type, little(1).put(0, (byte) slot));
    }

    /** Ends the guest. */
    public static Frame powerOff() {
        return of(FrameType.POWEROFF, little(0));
    }

    /** Header and payload as they go over the wire. */
    public byte[] bytes() {
        ByteBuffer wire = little(HEADER + payload.length);
        wire.putInt(0, payload.length << LENGTH_SHIFT | type.code()).put(HEADER, payload);
        return wire.array();
    }

    /** The 32-bit number at the payload's start, unsigned. */
    long word() {
        return Integer.toUnsignedLong(number(0));
    }

    /** The 32-bit number at an offset in the payload. */
    int number(int offset) {
        return ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN).getInt(offset);
    }

    /** The byte at an offset in the payload, 0 to 255. */
    int octet(int offset) {
        return Byte.toUnsignedInt(payload[offset]);
    }

    /** The payload's bytes from {@code offset} as text, with control characters (a guest's escape sequences) made harmless. */
    String text(int offset) {
        String raw = new String(payload, offset, payload.length - offset, StandardCharsets.UTF_8);
        StringBuilder clean = new StringBuilder(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            clean.append(Character.isISOControl(c) ? '?' : c);
        }
        return clean.toString();
    }
}
