package dev.jvmm.event;

import java.util.ArrayList;
import java.util.List;

/** The armed timers, a handful at most, so searched and not sorted. Guarded by the loop's lock. */
final class TimerQueue {
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final List<Timer> armed = new ArrayList<>();

    void arm(Timer timer, long deadline) {
        timer.deadline = deadline;
        if (!timer.armed) {
            timer.armed = true;
            armed.add(timer);
        }
    }

    /** Also takes back one that was found due and has not had its turn. */
    void disarm(Timer timer) {
        timer.due = false;
        if (timer.armed) {
            timer.armed = false;
            armed.remove(timer);
        }
    }

    boolean isEmpty() {
        return armed.isEmpty();
    }

    /** Nanoseconds from now to the next deadline; negative for one that has passed. */
    long shortest(long now) {
        long shortest = Long.MAX_VALUE;
        for (int i = 0; i < armed.size(); i++) {
            shortest = Math.min(shortest, armed.get(i).deadline - now);
        }
        return shortest;
    }

    /** A time to sleep in epoll's unit, rounded up. */
    static int millis(long nanos) {
        long millis = nanos <= 0 ? 0 : (nanos - 1) / NANOS_PER_MILLI + 1;
        return (int) Math.min(millis, Integer.MAX_VALUE);
    }

    /** Disarms the timers whose time has come and adds them to a list. */
    void moveDue(long now, List<Timer> into) {
        for (int i = armed.size() - 1; i >= 0; i--) {
            Timer timer = armed.get(i);
            if (timer.deadline - now <= 0) {
                armed.remove(i);
                timer.armed = false;
                timer.due = true;
                into.add(timer);
            }
        }
    }

    /** Whether a timer that was found due was not taken back since; it is not due any more. */
    boolean take(Timer timer) {
        boolean due = timer.due;
        timer.due = false;
        return due;
    }

    void clear() {
        armed.clear();
    }
}
