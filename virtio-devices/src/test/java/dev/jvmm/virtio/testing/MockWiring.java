package dev.jvmm.virtio.testing;

import dev.jvmm.event.EventLoop;
import dev.jvmm.event.Registration;
import dev.jvmm.linux.Epoll;
import dev.jvmm.linux.EventFd;
import dev.jvmm.virtio.transport.Wiring;
import java.util.ArrayDeque;
import java.util.OptionalInt;

/**
 * Kicks that run at once on the thread that makes them, and interrupts that are counted. A kick that comes while one runs follows it. The
 * loop is a real one, for devices with events of their own; it has no thread until then.
 */
public final class MockWiring implements Wiring {
    /** Turns after one kick that no device needs: one that asks for more would do so for ever. */
    private static final int MOST_TURNS = 1 << 20;

    private final EventLoop loop;
    private final ArrayDeque<Runnable> kicks = new ArrayDeque<>();
    private boolean kicking;
    private int turns;
    private int interrupts;
    private boolean closed;

    /** For the host's kernel: null until it is asked for. */
    private EventFd event;

    private Registration watched;

    /** @param loop closed by whoever made it */
    public MockWiring(EventLoop loop) {
        this.loop = loop;
    }

    @Override
    public EventLoop loop() {
        return loop;
    }

    @Override
    public Doorbell doorbell(int queue, Runnable kicked) {
        return new Doorbell() {
            private boolean open = true;

            /** The kernel's; null while it has none. */
            private EventFd lent;

            @Override
            public void ring() {
                if (lent != null) {
                    lent.signal();
                }
                if (open) {
                    kick(kicked);
                }
            }

            @Override
            public OptionalInt lend() {
                lent = EventFd.create();
                return OptionalInt.of(lent.number());
            }

            @Override
            public void takeBack() {
                lent.close();
                lent = null;
            }

            @Override
            public void close() {
                open = false;
            }
        };
    }

    private void kick(Runnable kicked) {
        synchronized (kicks) {
            kicks.add(kicked);
            if (kicking) {
                return;
            }
            kicking = true;
        }
        for (int i = 0; i < MOST_TURNS; i++) {
            Runnable next;
            synchronized (kicks) {
                next = kicks.poll();
                if (next == null) {
                    kicking = false;
                    return;
                }
                turns++;
            }
            next.run();
        }
        throw new AssertionError("the device asks for one turn after another");
    }

    /** Times that a device was told of a kick. */
    public int turns() {
        synchronized (kicks) {
            return turns;
        }
    }

    @Override
    public OptionalInt interruptEvent() {
        if (event == null) {
            event = EventFd.create();
            watched = loop.register(event, Epoll.IN, ready -> {
                event.drain();
                interrupt();
            });
        }
        return OptionalInt.of(event.number());
    }

    @Override
    public synchronized void interrupt() {
        if (closed) {
            throw new IllegalStateException("an interrupt after the end");
        }
        interrupts++;
        notifyAll();
    }

    /** Edges so far. */
    public synchronized int interrupts() {
        return interrupts;
    }

    /** Waits for the first edge beyond so many. */
    public synchronized void awaitInterrupt(int beyond, long millis) throws InterruptedException {
        long end = System.nanoTime() + millis * 1_000_000;
        while (interrupts <= beyond) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new AssertionError("no interrupt within " + millis + " ms");
            }
            wait(left);
        }
    }

    @Override
    public void close() {
        if (event != null) {
            watched.close();
            event.close();
        }
        synchronized (this) {
            closed = true;
        }
    }
}
