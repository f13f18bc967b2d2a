package dev.jvmm.cli;

import dev.jvmm.agent.Agent;
import dev.jvmm.agent.AgentAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;

/**
 * A wait for a guest's agent. Where nobody listens in the guest, it refuses at once; where its kernel has no driver for vsock yet,
 * the device lets who calls wait for one. So a second thread watches the time, and interrupts the first.
 */
final class AgentWait implements Runnable {
    private static final long HINT_MILLIS = 5_000;
    private static final long LOOK_MILLIS = 20;

    private final RunningMachine machine;
    private final long seconds;
    private final boolean hint;
    private final Thread waiter = Thread.currentThread();
    private final long start = System.nanoTime();

    private boolean over;
    private boolean expired;

    private AgentWait(RunningMachine machine, long seconds, boolean hint) {
        this.machine = machine;
        this.seconds = seconds;
        this.hint = hint;
    }

    /**
     * Connects to a machine's agent.
     *
     * @param seconds how long to try
     * @param hint whether a line on standard error says what is waited for, when it takes long
     * @throws UncheckedIOException when it does not answer by then, or the machine ends
     */
    static Agent connect(RunningMachine machine, long seconds, boolean hint) {
        AgentWait wait = new AgentWait(machine, seconds, hint);
        Thread watcher = new Thread(wait, "agent-wait");
        watcher.setDaemon(true);
        watcher.start();
        try {
            return wait.connect();
        } finally {
            wait.end();
        }
    }

    private Agent connect() {
        IOException last = new IOException();
        String why = "";
        boolean interrupted = false;
        do {
            try {
                return AgentAddress.hybrid(machine.file("vsock.sock"), Agent.PORT);
            } catch (ClosedByInterruptException e) {
                why = "its vsock gives no answer yet";
                interrupted = true;
            } catch (IOException e) {
                last = e;
                why = e.getMessage();
            }
            try {
                Thread.sleep(interrupted ? 0 : LOOK_MILLIS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        } while (!interrupted && machine.isAlive());
        if (!machine.isAlive()) {
            throw failure("the machine '" + machine.name() + "' has ended", last);
        }
        throw failure("the agent in the guest of '" + machine.name() + "' does not answer (" + why
                + "): a guest of your own needs jvmm-agent and a kernel with virtio-vsock", last);
    }

    /** With the words as its own, too: some show those, some the cause's. */
    private static UncheckedIOException failure(String words, IOException last) {
        return new UncheckedIOException(words, new IOException(words, last));
    }

    /** The watcher. */
    @Override
    public synchronized void run() {
        if (stillWaiting(Math.min(HINT_MILLIS, seconds * 1000)) && hint) {
            System.err.println("jvmm: waiting for the agent in the guest of '" + machine.name() + "', up to " + seconds
                    + " s; 'jvmm logs " + machine.name() + "' shows how far the guest is");
        }
        if (stillWaiting(seconds * 1000)) {
            expired = true;
            waiter.interrupt();
        }
    }

    /** Whether there is no end of it until so long after the start. */
    private synchronized boolean stillWaiting(long millis) {
        try {
            for (long left; !over && (left = millis - (System.nanoTime() - start) / 1_000_000) > 0;) {
                wait(left);
            }
        } catch (InterruptedException e) {
            return false;
        }
        return !over;
    }

    /** What the watcher did to the thread is undone: later calls are not to end by it. */
    private synchronized void end() {
        over = true;
        notifyAll();
        if (expired) {
            Thread.interrupted();
        }
    }
}
