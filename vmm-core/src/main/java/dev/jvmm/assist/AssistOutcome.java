package dev.jvmm.assist;

/** What came of an instruction that KVM gave up on. */
public sealed interface AssistOutcome {
    /** The instruction is done, or its fault is queued: put the state back and run the vCPU on. */
    Finished FINISHED = new Finished();

    /** See {@link #FINISHED}, the only one. */
    record Finished() implements AssistOutcome {}

    /**
     * The vCPU can not go on.
     *
     * @param message for a person: the bytes, the RIP and what to do
     */
    record Unfinishable(String message) implements AssistOutcome {}
}
