package dev.jvmm.agent;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Waiting for answers, with the exceptions that they failed with. */
final class Answers {
    private Answers() {}

    static <T> T await(CompletableFuture<T> answer) throws IOException {
        try {
            return answer.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the guest's agent was asked");
        } catch (ExecutionException e) {
            throw switch (e.getCause()) {
                // anew, so that the stack trace is the caller's
                case AgentException refused -> new AgentException(refused.code(), refused.getMessage());
                case IOException failed -> new IOException(failed.getMessage(), failed);
                case Throwable other -> new IOException(other);
            };
        }
    }
}
