package dev.jvmm.virtio.ninep.server;

import java.util.Arrays;

/** The requests of a client that are not answered yet, by their tags, so that a flush can wait for one or drop it. */
final class Tags {
    private static final int FIRST = 16;

    /** It has arrived and nobody has begun with it. */
    private static final int WAITS = 0;

    /** Somebody is at it. */
    private static final int RUNS = 1;

    /** A flush came before somebody began with it: nobody is to. */
    private static final int DROPPED = 2;

    /** Tag, state, and whether its transport says when it is answered: 16, 8 and 8 bits. */
    private int[] requests = new int[FIRST];

    private int count;

    private static int entry(int tag, int state, boolean told) {
        return tag << 16 | state << 8 | (told ? 1 : 0);
    }

    private static int tag(int entry) {
        return entry >>> 16;
    }

    private static int state(int entry) {
        return entry >>> 8 & 0xFF;
    }

    private void add(int entry) {
        if (count == requests.length) {
            requests = Arrays.copyOf(requests, 2 * count);
        }
        requests[count++] = entry;
    }

    private int find(int tag, int state) {
        for (int i = 0; i < count; i++) {
            if (tag(requests[i]) == tag && state(requests[i]) == state) {
                return i;
            }
        }
        return -1;
    }

    private void remove(int index) {
        System.arraycopy(requests, index + 1, requests, index, count - index - 1);
        count--;
        notifyAll();
    }

    /** A transport has a request and will say when it is answered. */
    synchronized void received(int tag) {
        add(entry(tag, WAITS, true));
    }

    /** Somebody begins; false when the request was dropped. */
    synchronized boolean begin(int tag) {
        int index = find(tag, WAITS);
        if (index >= 0) {
            requests[index] = entry(tag, RUNS, true);
            return true;
        }
        if (find(tag, DROPPED) >= 0) {
            return false;
        }
        add(entry(tag, RUNS, false));
        return true;
    }

    /** Somebody is done; where the transport does not say more, the request is answered. */
    synchronized void end(int tag) {
        for (int i = 0; i < count; i++) {
            if (requests[i] == entry(tag, RUNS, false)) {
                remove(i);
                return;
            }
        }
    }

    /** A transport has answered a request, or let it go. */
    synchronized void answered(int tag) {
        for (int state = DROPPED; state >= WAITS; state--) {
            for (int i = 0; i < count; i++) {
                if (requests[i] == entry(tag, state, true)) {
                    remove(i);
                    return;
                }
            }
        }
    }

    /** Drops a request that nobody has begun with, or waits until it is answered. A flush of itself waits for nothing. */
    synchronized void flush(int tag, int own) {
        int waiting = find(tag, WAITS);
        if (waiting >= 0) {
            requests[waiting] = entry(tag, DROPPED, true);
            return;
        }
        boolean interrupted = false;
        while (tag != own && find(tag, RUNS) >= 0) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
                break;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Forgets what its transport was to say; whoever is at a request ends as ever. */
    synchronized void reset() {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if ((requests[i] & 1) == 0) {
                requests[kept++] = requests[i];
            }
        }
        count = kept;
        notifyAll();
    }
}
