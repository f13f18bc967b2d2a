package dev.jvmm.usernet.tcp;

import java.time.Duration;

/**
 * What a guest's connections may cost.
 *
 * @param connections at once, also those that only wait for late segments; a SYN beyond it is refused
 * @param connecting of them, those whose host has not answered yet; a SYN beyond it is passed over, and the guest repeats it
 * @param sendBuffer bytes of memory for what one connection's guest has not acknowledged
 * @param receiveBuffer bytes from one connection's guest that the host has not taken: the largest window
 * @param memory bytes for all connections together; beyond it a connection has {@code floor} bytes each way
 * @param floor bytes each way that every connection may have
 * @param connectTimeout for a host to answer
 * @param timeWait how long a closed connection's addresses are kept from a new one (twice the MSL of RFC 9293, 3.4.2)
 * @param keepAlive silence after which the guest is asked whether the connection is still there (RFC 9293, 3.8.4)
 * @param linger how long a host that takes nothing may keep what a guest sent before it closed
 */
public record TcpLimits(int connections, int connecting, int sendBuffer, int receiveBuffer, long memory, int floor,
        Duration connectTimeout,
        Duration timeWait, Duration keepAlive, Duration linger) {
    private static final int LEAST_BUFFER = 4096;

    /** RFC 7323, 2.3: a window scaled by 14 stays below 2^30. */
    private static final int MOST_BUFFER = 1 << 29;

    /** For a guest that may do what it likes. */
    public static final TcpLimits DEFAULT = new TcpLimits(4096, 1024, 1 << 20, 1 << 20, 128 << 20, 16 << 10,
            Duration.ofSeconds(30),
            Duration.ofSeconds(60), Duration.ofHours(2), Duration.ofSeconds(60));

    public TcpLimits {
        if (connections < 1 || connecting < 1) {
            throw new IllegalArgumentException("a stack needs room for a connection");
        }
        if (floor < LEAST_BUFFER || sendBuffer < floor || receiveBuffer < floor || sendBuffer > MOST_BUFFER
                || receiveBuffer > MOST_BUFFER) {
            throw new IllegalArgumentException("buffers have from 4 KiB, or the floor, up to 512 MiB");
        }
        if (memory < 0 || timeWait.isNegative() || !keepAlive.isPositive() || !linger.isPositive()
                || !connectTimeout.isPositive()) {
            throw new IllegalArgumentException("negative limit");
        }
    }
}
