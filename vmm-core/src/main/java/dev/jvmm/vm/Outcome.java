package dev.jvmm.vm;

/**
 * How a machine ended.
 *
 * @param kind the way
 * @param detail for a person: what happened and what to do; empty where the kind says all
 */
public record Outcome(Kind kind, String detail) {
    /** The ways to end. */
    public enum Kind {
        /** The guest powered itself off. */
        POWER_OFF,
        /** The guest asked for a reset. A machine is not started again: its owner may make a new one. */
        RESET,
        /** The guest's kernel panicked and said so. */
        PANIC,
        /** The guest's CPU gave up (triple fault), which no kernel does on purpose except to reset. */
        TRIPLE_FAULT,
        /** Its owner stopped it. */
        STOPPED,
        /** KVM or jvmm could not go on; the detail says why. */
        FAILED
    }

    /** An outcome that needs no words. */
    public static Outcome of(Kind kind) {
        return new Outcome(kind, "");
    }

    /** Whether the guest ended by its own wish, or its owner's. */
    public boolean orderly() {
        return kind == Kind.POWER_OFF || kind == Kind.RESET || kind == Kind.STOPPED;
    }
}
