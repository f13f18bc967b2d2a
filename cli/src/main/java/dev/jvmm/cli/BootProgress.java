package dev.jvmm.cli;

import dev.jvmm.linux.FileDescriptor;
import dev.jvmm.linux.Terminal;
import dev.jvmm.machine.MachineListener;

/**
 * What jvmm says on standard error while a guest comes up: nothing on a fast host; on a slow one the reason, once, and while it
 * takes, a line with the seconds gone by, if a person is there to read it.
 */
final class BootProgress implements MachineListener {
    private static final int STANDARD_ERROR = 2;
    private static final String ERASE_LINE = "\r\033[K";

    private final Timeline timeline;
    private final boolean quiet;
    private boolean ticking;
    private boolean done;
    private String lastWarning = "";

    BootProgress(Timeline timeline, boolean quiet) {
        this.timeline = timeline;
        this.quiet = quiet;
    }

    @Override
    public void vmCreated() {
        timeline.mark(Timeline.Step.VM_CREATED);
    }

    @Override
    public void kernelLoaded() {
        timeline.mark(Timeline.Step.KERNEL_LOADED);
    }

    @Override
    public void restored() {
        timeline.mark(Timeline.Step.RESTORED);
    }

    @Override
    public void firstRun() {
        timeline.mark(Timeline.Step.FIRST_KVM_RUN);
    }

    @Override
    public synchronized void notice(String message) {
        if (quiet || done || !Terminal.isTerminal(new FileDescriptor(STANDARD_ERROR))) {
            return;
        }
        System.err.print("jvmm: " + message + "\r\n");
        if (!ticking) {
            ticking = true;
            Thread ticker = new Thread(this::tick, "progress");
            ticker.setDaemon(true);
            ticker.start();
        }
    }

    private synchronized void tick() {
        long start = System.nanoTime();
        try {
            while (!done) {
                long seconds = (System.nanoTime() - start) / 1_000_000_000;
                System.err.print(ERASE_LINE + "jvmm: " + stage() + ", " + seconds + " s");
                wait(1000);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String stage() {
        if (timeline.reached(Timeline.Step.INIT)) {
            return "the guest's init starts the command";
        }
        return timeline.reached(Timeline.Step.FIRST_KVM_RUN) ? "the kernel boots" : "loading the kernel";
    }

    /** The guest speaks for itself now, or has ended. */
    synchronized void done() {
        if (!done) {
            done = true;
            if (ticking) {
                System.err.print(ERASE_LINE);
                notifyAll();
            }
        }
    }

    /** Something that is not as it should be, though the guest comes up. Said again at once, it is not news. */
    synchronized void warn(String message) {
        if (!quiet && !message.equals(lastWarning)) {
            lastWarning = message;
            System.err.print(
                    (ticking && !done ? ERASE_LINE : "") + "jvmm: " + message + (ticking && !done ? "\r\n" : "\n"));
        }
    }

    /** Something went wrong; said even when quiet. */
    void error(String message) {
        done();
        System.err.println("jvmm: " + message);
    }
}
