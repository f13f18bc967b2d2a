/**
 * TCP towards the guest (RFC 9293), ended here and carried on by the host's own sockets.
 *
 * <p>{@link dev.jvmm.usernet.tcp.TcpStack} gives each segment to its connection. A {@code TcpConnection} has the state, and
 * {@code Arrival} reads what comes; {@code Sender} and {@code Receiver} have what RFC 9293 calls the SND and RCV variables;
 * {@code HostSide} is the host's socket, and {@code Turns} gives each connection its share. Everything runs on one thread.
 */
package dev.jvmm.usernet.tcp;
