package dev.jvmm.event;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;

/**
 * The loop's registrations by number. The key that epoll hands back holds the slot and how often it was given out, so an
 * event that was already fetched for one registration never reaches the next in its slot. Guarded by the loop's lock.
 */
final class SlotTable {
    private static final int INITIAL = 16;

    private Registration[] slots = new Registration[INITIAL];
    private int[] generations = new int[INITIAL];
    private int used;
    private final ArrayDeque<Integer> free = new ArrayDeque<>();

    void add(Registration registration) {
        Integer reused = free.poll();
        int slot = reused == null ? used++ : reused;
        if (slot == slots.length) {
            slots = Arrays.copyOf(slots, slot * 2);
            generations = Arrays.copyOf(generations, slot * 2);
        }
        slots[slot] = registration;
        registration.slot = slot;
        registration.generation = ++generations[slot] & Integer.MAX_VALUE;
    }

    /** Never negative, so apart from the loop's own key. */
    static long key(Registration registration) {
        return (long) registration.generation << 32 | registration.slot;
    }

    boolean holds(Registration registration) {
        return slots[registration.slot] == registration;
    }

    /** The registration of a key, or null when it is gone. */
    Registration find(long key) {
        int slot = (int) key;
        Registration found = slot >= 0 && slot < used ? slots[slot] : null;
        return found != null && key(found) == key ? found : null;
    }

    void remove(Registration registration) {
        slots[registration.slot] = null;
        free.add(registration.slot);
    }

    boolean anyAlwaysReady() {
        for (int i = 0; i < used; i++) {
            if (slots[i] != null && slots[i].alwaysReady && slots[i].events != 0) {
                return true;
            }
        }
        return false;
    }

    void addAlwaysReady(List<Registration> into) {
        for (int i = 0; i < used; i++) {
            if (slots[i] != null && slots[i].alwaysReady && slots[i].events != 0) {
                into.add(slots[i]);
            }
        }
    }

    void clear() {
        for (int i = 0; i < used; i++) {
            slots[i] = null;
        }
    }
}
