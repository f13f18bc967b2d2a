package dev.jvmm.vsock;

import java.util.Optional;

/**
 * What a vsock device is.
 *
 * @param cid the guest's number, {@link #LEAST_CID} to {@link #MOST_CID}; the host is 2. Numbers of guests on one host may be equal
 * @param socket path of the Unix socket on which the host connects to the guest's ports, and in front of {@code _PORT} the one at which a
 *        guest's connection finds the host's; without, there is the Java API alone
 */
public record VsockConfig(long cid, Optional<String> socket) {
    /** 0 to 2 are the hypervisor, this machine and the host. */
    public static final long LEAST_CID = 3;

    /** The last below VMADDR_CID_ANY. */
    public static final long MOST_CID = 0xFFFF_FFFEL;

    /** The longest path, so that {@code _PORT} fits behind it. */
    public static final int LONGEST_PATH = 107 - 11;

    /** Checks the number and the path. */
    public VsockConfig {
        if (cid < LEAST_CID || cid > MOST_CID) {
            throw new IllegalArgumentException("the guest's CID " + cid + ": give a number from " + LEAST_CID + " to "
                    + MOST_CID);
        }
        if (socket.isPresent()) {
            int length = socket.get().getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
            if (length == 0 || length > LONGEST_PATH || socket.get().indexOf('\0') >= 0) {
                throw new IllegalArgumentException("the path '" + socket.get() + "' of a socket has " + length
                        + " bytes: give one of 1 to " + LONGEST_PATH);
            }
        }
    }

    /** A device without a Unix socket. */
    public static VsockConfig of(long cid) {
        return new VsockConfig(cid, Optional.empty());
    }

    /** A device with a Unix socket. */
    public static VsockConfig of(long cid, String socket) {
        return new VsockConfig(cid, Optional.of(socket));
    }
}
