package dev.jvmm.channel;

/** What came of waiting for a guest's init. */
public sealed interface Readiness {
    /** It takes orders, and has done nothing else since it said so. */
    record Ready() implements Readiness {}

    /** It has not said anything in the time given. */
    record TimedOut() implements Readiness {}

    /**
     * It will not take orders any more.
     *
     * @param how {@link CommandResult.MachineEnded} or {@link CommandResult.Broken}
     */
    record Ended(CommandResult how) implements Readiness {}
}
