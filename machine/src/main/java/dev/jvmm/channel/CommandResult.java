package dev.jvmm.channel;

/** What became of a command in the guest. */
public sealed interface CommandResult {
    /**
     * It ran and ended.
     *
     * @param code its exit code, 0 to 255, when it left by itself
     * @param signal the signal that killed it, or 0
     */
    record Exited(int code, int signal) implements CommandResult {}

    /**
     * It could not be started.
     *
     * @param errno the guest's error number
     * @param message the guest's words
     */
    record NotStarted(int errno, String message) implements CommandResult {}

    /** The channel's rules were broken, or the guest's init is not one for this host; the message says how. */
    record Broken(String message) implements CommandResult {}

    /** The machine ended before the command did. */
    record MachineEnded() implements CommandResult {}
}
