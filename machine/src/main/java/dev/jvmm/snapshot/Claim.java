package dev.jvmm.snapshot;

/** What came of wanting a template that was not there. */
public sealed interface Claim {
    /** Another jvmm has made it meanwhile; to be closed. */
    record Ready(Snapshot snapshot) implements Claim {}

    /** It is for the caller to make; others wait until the maker is closed. */
    record Make(TemplateMaker maker) implements Claim {}

    /** It can be neither used nor made now, for this reason: one line. */
    record Without(String reason) implements Claim {}
}
