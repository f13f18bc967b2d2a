/**
 * A 9P2000.L server over a directory of the host, for any transport: {@link dev.jvmm.virtio.ninep.server.Share} opens the directory,
 * {@link dev.jvmm.virtio.ninep.server.Client} answers one client's messages.
 *
 * @see <a href="https://github.com/chaos/diod/blob/master/protocol.md">9P2000.L</a>
 */
package dev.jvmm.virtio.ninep.server;
