package dev.jvmm.vsock;

import dev.jvmm.event.EventHandler;
import dev.jvmm.linux.Epoll;
import dev.jvmm.virtio.VirtioHost;
import java.util.Arrays;

/**
 * The device's sockets, in an epoll instance of their own that the machine's event loop watches. Sockets come and go by the thousand, also
 * in the middle of a reset on a vCPU's thread, where registrations of the loop's can not be closed; and being told once of what is ready
 * (edge-triggered) saves a call for each time that somebody is not interested. Guarded by the device's lock.
 */
final class Reactor implements EventHandler, AutoCloseable {
    static final int EVENTS = Epoll.IN | Epoll.OUT | Epoll.RDHUP | Epoll.EDGE;

    private static final int CAPACITY = 128;
    private static final int FIRST = 16;
    private static final int FREE_END = -1;

    private final Epoll epoll = Epoll.create(CAPACITY);
    private final Runnable after;
    private final VirtioHost.Watch watch;
    private Polled[] owners = new Polled[FIRST];

    /** How often a slot was given out: an event that was fetched for one owner never reaches the next. */
    private int[] generations = new int[FIRST];

    /** Of a slot that is free: the next such. */
    private int[] nextFree = new int[FIRST];

    private int free = FREE_END;
    private int used;

    /** @param after what to do when all who were ready have had their turn */
    Reactor(VirtioHost host, Runnable after) {
        this.after = after;
        watch = host.watch(epoll, 0, this);
        watch.wanted(Epoll.IN);
    }

    /**
     * Begins to watch a socket; what is ready already is told, too.
     *
     * @return what {@link #remove} takes, or the negated errno
     */
    int add(int fd, Polled owner) {
        int slot = free;
        if (slot == FREE_END) {
            slot = used++;
            if (slot == owners.length) {
                owners = Arrays.copyOf(owners, 2 * slot);
                generations = Arrays.copyOf(generations, 2 * slot);
                nextFree = Arrays.copyOf(nextFree, 2 * slot);
            }
        } else {
            free = nextFree[slot];
        }
        owners[slot] = owner;
        generations[slot]++;
        long done = epoll.add(fd, EVENTS, key(slot));
        if (done < 0) {
            remove(slot);
            return (int) done;
        }
        return slot;
    }

    private long key(int slot) {
        return (long) generations[slot] << 32 | slot;
    }

    /** Forgets a socket; it is closed next, which takes it out of epoll. */
    void remove(int slot) {
        owners[slot] = null;
        nextFree[slot] = free;
        free = slot;
    }

    /** Forgets a socket that stays open. */
    void release(int slot, int fd) {
        epoll.remove(fd);
        remove(slot);
    }

    @Override
    public void ready(int events) {
        int count = epoll.await(0);
        for (int i = 0; i < count; i++) {
            long key = epoll.data(i);
            int slot = (int) key;
            Polled owner = owners[slot];
            if (owner != null && key(slot) == key) {
                owner.ready(epoll.events(i));
            }
        }
        after.run();
    }

    /** Without the lock, when nothing runs any more. */
    @Override
    public void close() {
        watch.close();
        epoll.close();
    }

}
