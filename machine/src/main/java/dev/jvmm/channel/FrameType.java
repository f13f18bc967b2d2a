package dev.jvmm.channel;

import java.util.Optional;

/** The kinds of frame, with their bounds on the payload in bytes. */
public enum FrameType {
    READY(0x01, 4, 4),
    STARTED(0x02, 4, 4),
    STDOUT(0x03, 0, Frame.DATA_MAX),
    STDERR(0x04, 0, Frame.DATA_MAX),
    EXITED(0x05, 2, 2),
    FAILED(0x06, 4, Frame.DATA_MAX),
    CREDIT(0x07, 4, 4),
    SLOT(0x08, 8, 8),
    RUN(0x41, 12, Frame.RUN_MAX),
    STDIN(0x42, 0, Frame.DATA_MAX),
    SIGNAL(0x43, 1, 1),
    RESIZE(0x44, 4, 4),
    CLOCK(0x45, 8, 8),
    ENTROPY(0x46, 16, 512),
    POWEROFF(0x47, 0, 0),
    IDENTITY(0x48, GuestIdentity.ID_BYTES, GuestIdentity.ID_BYTES + GuestIdentity.HOSTNAME_MAX),
    ATTACH(0x49, 1, 1),
    DETACH(0x4A, 1, 1);

    private static final int FIRST_TO_GUEST = 0x41;

    private final int code;
    private final int least;
    private final int most;

    FrameType(int code, int least, int most) {
        this.code = code;
        this.least = least;
        this.most = most;
    }

    /** The byte on the wire. */
    public int code() {
        return code;
    }

    /** Whether it flows from the guest to the host. */
    public boolean fromGuest() {
        return code < FIRST_TO_GUEST;
    }

    /** Whether a payload may be so long. */
    public boolean allows(long length) {
        return length >= least && length <= most;
    }

    /** The kind that a guest may send under that code. */
    static Optional<FrameType> ofGuest(int code) {
        for (FrameType type : values()) {
            if (type.code == code && type.fromGuest()) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
