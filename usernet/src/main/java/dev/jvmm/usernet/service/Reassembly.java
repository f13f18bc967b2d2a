package dev.jvmm.usernet.service;

import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.usernet.packet.IpPacket;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.BitSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Puts packets together again that the guest sent in pieces: few at a time, each for a bounded time. A packet whose pieces overlap is
 * dropped whole (RFC 5722), for IPv4 too.
 *
 * @spec https://www.rfc-editor.org/rfc/rfc8200 RFC 8200, 4.5
 */
public final class Reassembly implements AutoCloseable {
    /** Packets at a time; the oldest one makes room. */
    public static final int MOST = 16;

    private static final int LARGEST = 65_535;
    private static final int UNIT = 8;
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    private final ByteBufAllocator allocator;
    private final LongSupplier nanoTime;
    private final Map<Key, Parts> packets = new LinkedHashMap<>();

    private record Key(IpAddress from, IpAddress to, int protocol, int id) {}

    private static final class Parts {
        private final ByteBuf data;
        private final BitSet units = new BitSet();
        private final long begun;
        private int total = -1;

        Parts(ByteBuf data, long begun) {
            this.data = data;
            this.begun = begun;
        }
    }

    public Reassembly(ByteBufAllocator allocator, LongSupplier nanoTime) {
        this.allocator = allocator;
        this.nanoTime = nanoTime;
    }

    /**
     * Takes a fragment.
     *
     * @return the whole payload, the caller's to release, when this was the last piece missing
     */
    public Optional<ByteBuf> input(IpPacket fragment, ByteBuf frame) {
        expire();
        int offset = fragment.fragmentOffset();
        int length = fragment.payloadLength();
        Key key = new Key(fragment.from(), fragment.to(), fragment.protocol(), fragment.fragmentId());
        boolean more = fragment.moreFragments();
        if (length == 0 || more && length % UNIT != 0 || length > LARGEST - offset) {
            drop(key);
            return Optional.empty();
        }
        Parts parts = packets.get(key);
        if (parts == null) {
            if (packets.size() == MOST) {
                drop(packets.keySet().iterator().next());
            }
            parts = new Parts(allocator.directBuffer(LARGEST, LARGEST), nanoTime.getAsLong());
            packets.put(key, parts);
        }
        int first = offset / UNIT;
        int end = (offset + length + UNIT - 1) / UNIT;
        int clear = parts.units.nextSetBit(first);
        boolean overlaps = clear >= 0 && clear < end;
        boolean tooLong = parts.total >= 0 && (offset + length > parts.total || !more);
        boolean tooShort = !more && parts.units.length() > end;
        if (overlaps || tooLong || tooShort) {
            drop(key);
            return Optional.empty();
        }
        parts.units.set(first, end);
        parts.data.setBytes(offset, frame, fragment.payload(), length);
        if (!more) {
            parts.total = offset + length;
        }
        if (parts.total < 0 || parts.units.nextClearBit(0) < (parts.total + UNIT - 1) / UNIT) {
            return Optional.empty();
        }
        packets.remove(key);
        return Optional.of(parts.data.writerIndex(parts.total));
    }

    private void drop(Key key) {
        Parts parts = packets.remove(key);
        if (parts != null) {
            parts.data.release();
        }
    }

    private void expire() {
        long now = nanoTime.getAsLong();
        Iterator<Parts> eldest = packets.values().iterator();
        while (eldest.hasNext()) {
            Parts parts = eldest.next();
            if (now - parts.begun < PATIENCE_NANOS) {
                return;
            }
            parts.data.release();
            eldest.remove();
        }
    }

    /** Packets of which pieces are missing. */
    public int pending() {
        return packets.size();
    }

    @Override
    public void close() {
        for (Parts parts : packets.values()) {
            parts.data.release();
        }
        packets.clear();
    }
}
