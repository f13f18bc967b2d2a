package dev.jvmm.cli;

import dev.jvmm.machine.Machine;
import dev.jvmm.vm.Outcome;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A machine without a host: it ends when it is told how. */
final class FakeMachine implements Machine {
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    private final Runnable onStart;
    boolean closed;

    FakeMachine(Runnable onStart) {
        this.onStart = onStart;
    }

    void end(Outcome how) {
        outcome.complete(how);
    }

    @Override
    public void start() {
        onStart.run();
    }

    @Override
    public Outcome await() throws InterruptedException {
        try {
            return outcome.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void stop() {
        end(Outcome.of(Outcome.Kind.STOPPED));
    }

    @Override
    public int[] vcpuThreadIds() {
        return new int[0];
    }

    @Override
    public void close() {
        closed = true;
    }
}
