package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.Errno;
import java.util.ArrayList;
import java.util.List;

/** A client's fids by their numbers. Held for moments only; nothing is closed under its monitor. */
final class FidTable {
    private static final int FIRST = 64;

    private final int most;

    /** Chains of fids whose numbers have the same low bits once mixed. */
    private Fid[] buckets = new Fid[FIRST];

    private int count;

    FidTable(int most) {
        this.most = most;
    }

    private static int mixed(int number) {
        int z = number * 0x9E37_79B9;
        return z ^ z >>> 16;
    }

    private Fid find(int number) {
        Fid fid = buckets[mixed(number) & buckets.length - 1];
        while (fid != null && fid.number != number) {
            fid = fid.next;
        }
        return fid;
    }

    /** A fid that stays as it is until {@link #done}; null when there is none of the number. */
    synchronized Fid use(int number) {
        Fid fid = find(number);
        if (fid != null) {
            fid.users++;
        }
        return fid;
    }

    /** Ends a use; true when the caller must close the fid. */
    synchronized boolean done(Fid fid) {
        return --fid.users == 0 && fid.gone;
    }

    synchronized boolean has(int number) {
        return find(number) != null;
    }

    /** Adds a fid; 0 or the negated errno, and then the fid remains the caller's. */
    synchronized int add(Fid fid) {
        if (fid.number == P9.NOFID || find(fid.number) != null) {
            return -Errno.EINVAL;
        }
        if (count >= most) {
            return -Errno.ENFILE;
        }
        insert(fid);
        return 0;
    }

    /** Puts a fid in the place of one that is in use under the same number, which is gone then; false when it was gone before. */
    synchronized boolean replace(Fid old, Fid fid) {
        if (old.gone) {
            return false;
        }
        unlink(old);
        old.gone = true;
        insert(fid);
        return true;
    }

    private void insert(Fid fid) {
        if (count >= buckets.length) {
            grow();
        }
        int bucket = mixed(fid.number) & buckets.length - 1;
        fid.next = buckets[bucket];
        buckets[bucket] = fid;
        count++;
    }

    private void grow() {
        Fid[] old = buckets;
        buckets = new Fid[2 * old.length];
        for (Fid chain : old) {
            for (Fid fid = chain; fid != null;) {
                Fid following = fid.next;
                int bucket = mixed(fid.number) & buckets.length - 1;
                fid.next = buckets[bucket];
                buckets[bucket] = fid;
                fid = following;
            }
        }
    }

    private void unlink(Fid fid) {
        int bucket = mixed(fid.number) & buckets.length - 1;
        if (buckets[bucket] == fid) {
            buckets[bucket] = fid.next;
        } else {
            Fid before = buckets[bucket];
            while (before.next != fid) {
                before = before.next;
            }
            before.next = fid.next;
        }
        fid.next = null;
        count--;
    }

    /** Takes a fid that is in use out of the table, so that its last user closes it; false when somebody else has already. */
    synchronized boolean remove(Fid fid) {
        if (fid.gone) {
            return false;
        }
        unlink(fid);
        fid.gone = true;
        return true;
    }

    /** Takes all out; returns those that nobody uses, for the caller to close. */
    synchronized List<Fid> clear() {
        List<Fid> free = new ArrayList<>();
        for (Fid chain : buckets) {
            for (Fid fid = chain; fid != null;) {
                Fid following = fid.next;
                fid.next = null;
                fid.gone = true;
                if (fid.users == 0) {
                    free.add(fid);
                }
                fid = following;
            }
        }
        buckets = new Fid[FIRST];
        count = 0;
        return free;
    }

    /** All fids now, each used once more; {@link #done} for each. */
    synchronized List<Fid> all() {
        List<Fid> all = new ArrayList<>(count);
        for (Fid chain : buckets) {
            for (Fid fid = chain; fid != null; fid = fid.next) {
                fid.users++;
                all.add(fid);
            }
        }
        return all;
    }

    synchronized int count() {
        return count;
    }
}
