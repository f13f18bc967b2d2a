package dev.jvmm.agent;

import com.google.protobuf.ByteString;
import dev.jvmm.agent.protocol.AgentProto;
import dev.jvmm.agent.protocol.AgentProto.ExecProcessRequest;
import dev.jvmm.agent.protocol.AgentProto.ReadStreamRequest;
import dev.jvmm.agent.protocol.AgentProto.ReadStreamResponse;
import dev.jvmm.agent.protocol.GuestProto;
import dev.jvmm.agent.protocol.GuestProto.RunResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A program in the guest. Its start, the wait for its end and the first reads of its output are sent in one go, or are one call, since each
 * way to and fro is dear where a guest's kernel is emulated.
 *
 * <p>The agent ends it with a SIGHUP when the connection is lost. Each method is for one thread at a time; {@link #copyOutput},
 * {@link #copyErrors}, {@link #copyInput} and {@link #signal} may run beside each other, behind {@link #awaitStart} where it was begun by
 * {@link Agent#run}.
 */
public final class AgentProcess {
    /** Bytes asked for and sent at a time. */
    private static final int PIECE = 64 << 10;

    private final Agent agent;
    private final String container;
    private final String id;
    private final ExecProcessRequest request;
    private final boolean emptyInput;

    /** Empty when it was begun by {@link Agent#start}. */
    private final Optional<CompletableFuture<RunResponse>> run;

    private CompletableFuture<Void> started;
    private CompletableFuture<Integer> ended;

    /** Null where there is no such stream, or nothing more of it. */
    private CompletableFuture<ReadStreamResponse> output;

    private CompletableFuture<ReadStreamResponse> errors;

    /** What the first answer brought. */
    private ByteString firstOutput = ByteString.EMPTY;

    private ByteString firstErrors = ByteString.EMPTY;
    private long guestNanos;

    AgentProcess(Agent agent, ExecProcessRequest request) {
        this(agent, request, false, Optional.empty());
        startNow();
    }

    AgentProcess(Agent agent, ExecProcessRequest request, boolean emptyInput) {
        this(agent, request, emptyInput, Optional.of(agent.send(Agent.GUEST, "Run",
                GuestProto.RunRequest.newBuilder().setProcess(request).setCloseStdin(emptyInput).build(),
                RunResponse.parser())));
    }

    private AgentProcess(Agent agent, ExecProcessRequest request, boolean emptyInput,
            Optional<CompletableFuture<RunResponse>> run) {
        this.agent = agent;
        this.request = request;
        this.emptyInput = emptyInput;
        this.run = run;
        container = request.getContainerId();
        id = request.getExecId();
    }

    private void startNow() {
        started = agent.send(Agent.KATA, "ExecProcess", request);
        readAndWait();
    }

    private void readAndWait() {
        output = read("ReadStdout");
        errors = request.getProcess().getTerminal() ? null : read("ReadStderr");
        ended = agent.send(Agent.KATA, "WaitProcess",
                AgentProto.WaitProcessRequest.newBuilder().setContainerId(container).setExecId(id).build(),
                AgentProto.WaitProcessResponse.parser())
                .thenApply(AgentProto.WaitProcessResponse::getStatus);
    }

    private CompletableFuture<ReadStreamResponse> read(String stream) {
        return agent.send(Agent.KATA, stream,
                ReadStreamRequest.newBuilder().setContainerId(container).setExecId(id).setLen(PIECE).build(),
                ReadStreamResponse.parser());
    }

    /** Waits until the program runs. @throws AgentException if it can not be started */
    public void awaitStart() throws IOException {
        if (run.isPresent() && started == null) {
            try {
                takeFirst(Answers.await(run.get()));
            } catch (AgentException e) {
                if (e.code() != AgentException.UNIMPLEMENTED) {
                    throw e;
                }
                startNow();
                if (emptyInput && !request.getProcess().getTerminal()) {
                    closeInput();
                }
            }
        }
        Answers.await(started);
    }

    private void takeFirst(RunResponse first) {
        started = CompletableFuture.completedFuture(null);
        firstOutput = first.getOutput();
        firstErrors = first.getErrors();
        guestNanos = first.getNanos();
        if (first.getEnded()) {
            ended = CompletableFuture.completedFuture(first.getStatus());
        } else {
            readAndWait();
        }
    }

    /**
     * Behind {@link #awaitStart} of a program begun by {@link Agent#run}: how long the agent took from the request to its answer, in
     * nanoseconds of the guest's clock; 0 where the agent does not say.
     */
    public long guestNanos() {
        return guestNanos;
    }

    /** Behind {@link #awaitStart}: its exit code if its end is known already, and then all of its output is here. */
    public Optional<Integer> ended() {
        return run.isPresent() && output == null ? Optional.of(ended.getNow(0)) : Optional.empty();
    }

    /** Waits for its end. @return its exit code, or 128 and the number of the signal that ended it */
    public int awaitEnd() throws IOException {
        return Answers.await(ended);
    }

    /** Copies its standard output, or a terminal's output, until it ends; flushes after each piece. */
    public void copyOutput(OutputStream to) throws IOException {
        copy(firstOutput, to);
        while (output != null && copy(output, to)) {
            output = read("ReadStdout");
        }
    }

    /** Copies its standard error until it ends; with a terminal there is none. */
    public void copyErrors(OutputStream to) throws IOException {
        copy(firstErrors, to);
        while (errors != null && copy(errors, to)) {
            errors = read("ReadStderr");
        }
    }

    private static boolean copy(CompletableFuture<ReadStreamResponse> piece, OutputStream to) throws IOException {
        ByteString data;
        try {
            data = Answers.await(piece).getData();
        } catch (AgentException e) {
            if (e.code() == AgentException.OUT_OF_RANGE || e.code() == AgentException.NOT_FOUND) {
                return false;
            }
            throw e;
        }
        copy(data, to);
        return true;
    }

    private static void copy(ByteString data, OutputStream to) throws IOException {
        if (!data.isEmpty()) {
            data.writeTo(to);
            to.flush();
        }
    }

    /** Copies into its standard input until {@code from} ends, or nobody reads any more; then closes it. */
    public void copyInput(InputStream from) throws IOException {
        byte[] buffer = new byte[PIECE];
        try {
            for (int n; (n = from.read(buffer)) >= 0;) {
                write(ByteString.copyFrom(buffer, 0, n));
            }
            closeInput();
        } catch (AgentException e) {
            // it has closed its input, or has ended
            if (e.code() != AgentException.FAILED_PRECONDITION && e.code() != AgentException.NOT_FOUND) {
                throw e;
            }
        }
    }

    /** Writes to its standard input, and waits until all of it has been taken. */
    public void write(ByteString bytes) throws IOException {
        agent.ask(Agent.KATA, "WriteStdin",
                AgentProto.WriteStreamRequest.newBuilder().setContainerId(container).setExecId(id).setData(bytes)
                        .build(),
                AgentProto.WriteStreamResponse.parser());
    }

    /** Closes its standard input; a terminal gets its end-of-file character. */
    public void closeInput() throws IOException {
        agent.tell(Agent.KATA, "CloseStdin",
                AgentProto.CloseStdinRequest.newBuilder().setContainerId(container).setExecId(id).build());
    }

    /** Sends a signal, outside of containers to all of its process group. */
    public void signal(int number) throws IOException {
        agent.tell(Agent.KATA, "SignalProcess",
                AgentProto.SignalProcessRequest.newBuilder().setContainerId(container).setExecId(id).setSignal(number)
                        .build());
    }

    /** Tells its terminal how large the window is. */
    public void resize(int rows, int columns) throws IOException {
        agent.tell(Agent.KATA, "TtyWinResize",
                AgentProto.TtyWinResizeRequest.newBuilder().setContainerId(container).setExecId(id).setRow(rows)
                        .setColumn(columns)
                        .build());
    }
}
