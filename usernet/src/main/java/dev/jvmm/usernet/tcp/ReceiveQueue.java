package dev.jvmm.usernet.tcp;

import io.netty.buffer.ByteBuf;

/**
 * What came before its turn: pieces in order that do not overlap, at most {@link #MOST}. What finds no room was not received,
 * and comes again.
 */
final class ReceiveQueue {
    static final int MOST = 1024;

    private static final int FIRST_SIZE = 16;

    private ByteBuf[] pieces = new ByteBuf[FIRST_SIZE];
    private int[] starts = new int[FIRST_SIZE];
    private int count;
    private int bytes;

    /** Where the piece that came last begins. */
    private int latest;

    boolean isEmpty() {
        return count == 0;
    }

    int bytes() {
        return bytes;
    }

    /** What it costs in memory. */
    int held() {
        return bytes + count * Memory.BUFFER;
    }

    /** Takes over a piece; of what is here already, the first to come stays. */
    void add(int sequence, ByteBuf piece) {
        int start = sequence;
        int end = sequence + piece.readableBytes();
        int at = count;
        while (at > 0 && Seq.after(starts[at - 1], start)) {
            at--;
        }
        if (at > 0) {
            start = Seq.later(start, end(at - 1));
        }
        // a piece that is all within the new one gives way: gaps before and behind it are closed at once
        int behind = at;
        while (behind < count && !Seq.after(end(behind), end)) {
            behind++;
        }
        if (behind < count && Seq.before(starts[behind], end)) {
            end = starts[behind];
        }
        if (!Seq.before(start, end) || count - (behind - at) >= MOST) {
            piece.release();
            return;
        }
        piece.skipBytes(start - sequence);
        piece.writerIndex(piece.readerIndex() + (end - start));
        replace(at, behind, start, piece);
        latest = start;
    }

    private void replace(int from, int to, int start, ByteBuf piece) {
        for (int i = from; i < to; i++) {
            bytes -= pieces[i].readableBytes();
            pieces[i].release();
        }
        int more = 1 - (to - from);
        if (count + more > pieces.length) {
            grow();
        }
        System.arraycopy(pieces, to, pieces, to + more, count - to);
        System.arraycopy(starts, to, starts, to + more, count - to);
        pieces[from] = piece;
        starts[from] = start;
        for (int i = count + more; i < count; i++) {
            pieces[i] = null;
        }
        count += more;
        bytes += piece.readableBytes();
    }

    private void grow() {
        ByteBuf[] newPieces = new ByteBuf[pieces.length * 2];
        int[] newStarts = new int[pieces.length * 2];
        System.arraycopy(pieces, 0, newPieces, 0, count);
        System.arraycopy(starts, 0, newStarts, 0, count);
        pieces = newPieces;
        starts = newStarts;
    }

    /**
     * Takes the first piece out if its turn has come.
     *
     * @param next the number that is to come next
     * @return its bytes from that number on, for the caller to release; null when there are none
     */
    ByteBuf take(int next) {
        while (count > 0 && !Seq.after(starts[0], next)) {
            ByteBuf piece = pieces[0];
            int stale = next - starts[0];
            count--;
            System.arraycopy(pieces, 1, pieces, 0, count);
            System.arraycopy(starts, 1, starts, 0, count);
            pieces[count] = null;
            bytes -= piece.readableBytes();
            if (stale < piece.readableBytes()) {
                return piece.skipBytes(stale);
            }
            piece.release();
        }
        return null;
    }

    /**
     * The blocks of a SACK option: first the one with what came last, then the others from the front (RFC 2018, 4).
     *
     * @param most 1 or more
     * @return how many there are in {@code left} and {@code right}
     */
    int blocks(int[] left, int[] right, int most) {
        int found = 1;
        int at = 0;
        boolean first = false;
        while (at < count) {
            int start = starts[at];
            int end = end(at);
            boolean newest = starts[at] == latest;
            at++;
            while (at < count && starts[at] == end) {
                newest |= starts[at] == latest;
                end = end(at);
                at++;
            }
            if (newest) {
                left[0] = start;
                right[0] = end;
                first = true;
            } else if (found < most) {
                left[found] = start;
                right[found] = end;
                found++;
            }
        }
        if (first) {
            return found;
        }
        // the newest was taken since: the others move up
        System.arraycopy(left, 1, left, 0, found - 1);
        System.arraycopy(right, 1, right, 0, found - 1);
        return found - 1;
    }

    void releaseAll() {
        for (int i = 0; i < count; i++) {
            pieces[i].release();
            pieces[i] = null;
        }
        count = 0;
        bytes = 0;
    }

    private int end(int index) {
        return starts[index] + pieces[index].readableBytes();
    }
}
