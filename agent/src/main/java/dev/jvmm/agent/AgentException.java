package dev.jvmm.agent;

import java.io.IOException;

/** The agent refused a call, or could not do it. The message is the agent's own. */
public final class AgentException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int code;

    /** @param code one of gRPC's status codes */
    public AgentException(int code, String message) {
        super(message);
        this.code = code;
    }

    /** gRPC's status code, such as {@link #NOT_FOUND}. */
    public int code() {
        return code;
    }

    public static final int INVALID_ARGUMENT = 3;
    public static final int DEADLINE_EXCEEDED = 4;
    public static final int NOT_FOUND = 5;
    public static final int ALREADY_EXISTS = 6;
    public static final int RESOURCE_EXHAUSTED = 8;
    public static final int FAILED_PRECONDITION = 9;
    /** A stream has ended. */
    public static final int OUT_OF_RANGE = 11;
    /** There is no such call. */
    public static final int UNIMPLEMENTED = 12;
    public static final int INTERNAL = 13;
}
