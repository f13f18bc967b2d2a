package dev.jvmm.virtio.net;

import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;

/** Counts what has passed. Written with the device's lock held, once a turn; read by anybody. */
final class NetCounters {
    private volatile long receivedFrames;
    private volatile long receivedBytes;
    private volatile long receivedDropped;
    private volatile long receivedFiltered;
    private volatile long sentFrames;
    private volatile long sentBytes;
    private volatile long sentDropped;

    void received(long frames, long bytes, long dropped, long filtered) {
        if (frames > 0) {
            receivedFrames = receivedFrames + frames;
            receivedBytes = receivedBytes + bytes;
        }
        if (dropped + filtered > 0) {
            receivedDropped = receivedDropped + dropped;
            receivedFiltered = receivedFiltered + filtered;
        }
    }

    void sent(long frames, long bytes, long dropped) {
        if (frames > 0) {
            sentFrames = sentFrames + frames;
            sentBytes = sentBytes + bytes;
        }
        if (dropped > 0) {
            sentDropped = sentDropped + dropped;
        }
    }

    NetStatistics read() {
        return new NetStatistics(receivedFrames, receivedBytes, receivedDropped, receivedFiltered, sentFrames,
                sentBytes, sentDropped);
    }

    void save(StateWriter out) {
        out.int64(receivedFrames).int64(receivedBytes).int64(receivedDropped).int64(receivedFiltered);
        out.int64(sentFrames).int64(sentBytes).int64(sentDropped);
    }

    void restore(StateReader in) {
        receivedFrames = in.int64(0, Long.MAX_VALUE);
        receivedBytes = in.int64(0, Long.MAX_VALUE);
        receivedDropped = in.int64(0, Long.MAX_VALUE);
        receivedFiltered = in.int64(0, Long.MAX_VALUE);
        sentFrames = in.int64(0, Long.MAX_VALUE);
        sentBytes = in.int64(0, Long.MAX_VALUE);
        sentDropped = in.int64(0, Long.MAX_VALUE);
    }
}
