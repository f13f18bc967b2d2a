/**
 * virtio-vsock: the guest's sockets of the family AF_VSOCK, and what they lead to on the host.
 *
 * <p>A connection:
 *
 * <pre>
 *   the host asks                                the guest asks (REQUEST), and somebody listens
 *        |                                                  |
 *        v             RESPONSE                             v
 *      ASKED ------------------------------------------>  OPEN
 *        |  RST, too late, or anything else                 |
 *        |                                                  |-- RST, SHUTDOWN of both, or a broken rule; nothing is kept -> GONE
 *        v                                                  |
 *      GONE                                                 |-- the same, and bytes are kept for the host -> DRAINING -> GONE
 *                                                           |
 *                                                           |-- the host's socket is closed, all it sent is with the guest
 *                                                           v
 *                                                        CLOSING -- RST, SHUTDOWN of both, or too late --> GONE
 * </pre>
 *
 * <p>Each direction ends by itself: SHUTDOWN with SEND becomes an end behind the last byte on the host's socket, the end of what the
 * host sends becomes SHUTDOWN with SEND; the same with RECEIVE and a write that fails. REQUEST for ports that are in use is a broken
 * rule, except in CLOSING, where it begins a new connection. Who breaks a rule gets RST, and nobody but this connection is hurt.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.10 "Socket Device"
 * @see <a href="https://github.com/firecracker-microvm/firecracker/blob/main/docs/vsock.md">Firecracker's use of Unix sockets</a>
 */
package dev.jvmm.vsock;
