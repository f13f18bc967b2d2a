package dev.jvmm.assist;

/** This instruction can not be finished here: the reason, for a person. */
final class BeyondAssist extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BeyondAssist(String reason) {
        super(reason, null, false, false);
    }
}
