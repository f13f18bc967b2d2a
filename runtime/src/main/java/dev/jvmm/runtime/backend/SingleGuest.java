package dev.jvmm.runtime.backend;

import dev.jvmm.machine.MachineConfig;
import dev.jvmm.runtime.Hypervisor;
import dev.jvmm.runtime.HypervisorException;
import dev.jvmm.vm.Outcome;
import dev.jvmm.vm.Outcome.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The life of one guest, the same for every backend: the order of the calls, and a supervisor thread per guest that brings it
 * up, waits for its end and records how it ended. So {@link #start} can give up in time, whatever the backend waits for.
 */
abstract class SingleGuest implements Hypervisor {
    private static final long GRACE_MILLIS = 3_000;
    private static final long KILL_MILLIS = 15_000;

    private enum State {
        NEW,
        CREATED,
        STARTED,
        CLEAN
    }

    private final CompletableFuture<Void> up = new CompletableFuture<>();
    private final CompletableFuture<Outcome> end = new CompletableFuture<>();

    /** Guarded by this object's monitor, which is never held while the backend works. */
    private State state = State.NEW;

    private MachineConfig config;
    private volatile boolean stopRequested;

    /** Looks at what only this backend cares about in a configuration. */
    abstract void accept(MachineConfig wanted);

    /**
     * Brings the guest up; on the supervisor's thread. Fails soon after {@link #halt}.
     *
     * @throws HypervisorException when it can not; what it took so far is {@link #release}d by the caller
     */
    abstract void launch(MachineConfig wanted);

    /** Waits for the end of a launched guest; on the supervisor's thread. */
    abstract Outcome awaitEnd() throws InterruptedException;

    /** Makes a guest that runs or comes up end soon; any thread, does not wait. */
    abstract void halt();

    /** As {@link #halt}, for a guest that did not care. */
    abstract void kill();

    /** Gives back what the guest took; it runs no more. Called more than once. */
    abstract void release();

    @Override
    public final synchronized void create(MachineConfig wanted) {
        expect(State.NEW, "create");
        readable("kernel", wanted.kernel());
        wanted.initrd().ifPresent(file -> readable("initrd", file));
        accept(wanted);
        config = wanted;
        state = State.CREATED;
    }

    private static void readable(String what, Path file) {
        if (!Files.exists(file)) {
            throw new HypervisorException("there is no " + what + " " + file + ": name a file that is there");
        }
        if (!Files.isRegularFile(file)) {
            throw new HypervisorException("the " + what + " " + file + " is not a file");
        }
        if (!Files.isReadable(file)) {
            throw new HypervisorException("the " + what + " " + file + " can not be read: permission denied");
        }
    }

    @Override
    public final synchronized MachineConfig config() {
        if (config == null) {
            throw new IllegalStateException("config() before create()");
        }
        return config;
    }

    @Override
    public final void start(Duration timeout) throws InterruptedException {
        synchronized (this) {
            expect(State.CREATED, "start");
            state = State.STARTED;
            Thread supervisor = new Thread(this::supervise, name() + "-guest");
            supervisor.setDaemon(true);
            supervisor.start();
        }
        try {
            up.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            stop();
            throw new HypervisorException(name() + " did not start the guest within " + timeout.toMillis() + " ms");
        } catch (ExecutionException e) {
            throw startFailure(e.getCause());
        } catch (InterruptedException e) {
            stop();
            throw e;
        }
    }

    private HypervisorException startFailure(Throwable cause) {
        if (stopRequested) {
            return new HypervisorException("the guest was stopped while it started", cause);
        }
        return cause instanceof HypervisorException refusal
                ? refusal
                : new HypervisorException(name() + " can not start the guest: " + cause, cause);
    }

    private void supervise() {
        try {
            launch(config());
            up.complete(null);
            end.complete(awaitEnd());
        } catch (Throwable e) {
            // Also for an Error: whoever waits for this guest would wait for ever.
            halt();
            kill();
            release();
            end.complete(new Outcome(Kind.FAILED, String.valueOf(e.getMessage())));
            up.completeExceptionally(e);
        }
    }

    /** Whether {@link #stop} was called. */
    final boolean stopRequested() {
        return stopRequested;
    }

    /** Whether the guest came up and did not end yet. */
    final boolean running() {
        return up.isDone() && !end.isDone();
    }

    @Override
    public final Optional<Outcome> await(Duration timeout) throws InterruptedException {
        expectStarted("await");
        try {
            return Optional.of(end.get(timeout.toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the outcome is never a failure", e);
        }
    }

    @Override
    public final void stop() {
        synchronized (this) {
            if (state != State.STARTED) {
                return;
            }
        }
        stopRequested = true;
        if (end.isDone()) {
            return;
        }
        halt();
        if (!ended(GRACE_MILLIS)) {
            kill();
            if (!ended(KILL_MILLIS)) {
                throw new HypervisorException("the guest of " + name() + " does not end");
            }
        }
    }

    /** Waits for the end, also through an interrupt, which is kept for the caller. */
    private boolean ended(long millis) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    end.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                    return true;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (TimeoutException | ExecutionException e) {
                    return false;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public final void cleanup() {
        stop();
        synchronized (this) {
            state = State.CLEAN;
        }
        release();
    }

    private void expect(State wanted, String call) {
        if (state != wanted) {
            throw new IllegalStateException(call + "() on a guest that is " + state);
        }
    }

    /** For calls that make sense from {@link #start} to {@link #cleanup}. */
    final synchronized void expectStarted(String call) {
        expect(State.STARTED, call);
    }
}
