package dev.jvmm.snapshot;

import dev.jvmm.linux.SystemCallException;

/** A snapshot that is refused or can not be written. The message is one line that names the snapshot and what is wrong with it. */
public final class SnapshotException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The kinds of refusal. */
    public enum Reason {
        /** There is no such snapshot. */
        MISSING,
        /** A part of it is shorter than it was, or gone. */
        CUT_SHORT,
        /** A part of it is not as it was written. */
        CHANGED,
        /** Its files have a format that this jvmm does not read. */
        VERSION,
        /** It was made by another jvmm, on another host, or of another guest. */
        IDENTITY,
        /** Its name can not be used, or is in use. */
        NAME,
        /** Its folder is not one to trust: not a folder, or others may write in it. */
        FOLDER,
        /** The host failed to read or write: no space, no permission, a broken disk. */
        STORAGE
    }

    private final Reason reason;

    /** A refusal and its line; control characters in it, which a forged file may have, are replaced. */
    public SnapshotException(Reason reason, String message) {
        super(Words.printable(message));
        this.reason = reason;
    }

    static SnapshotException storage(Object where, SystemCallException cause) {
        SnapshotException refusal = new SnapshotException(Reason.STORAGE, where + ": " + cause.getMessage());
        refusal.initCause(cause);
        return refusal;
    }

    static SnapshotException storage(Object where, Exception cause) {
        String what = cause.getMessage() == null ? cause.getClass().getSimpleName() : Words.of(cause);
        SnapshotException refusal = new SnapshotException(Reason.STORAGE, where + ": " + what);
        refusal.initCause(cause);
        return refusal;
    }

    /** The kind of refusal. */
    public Reason reason() {
        return reason;
    }
}
