package dev.jvmm.virtio.console;

import dev.jvmm.virtio.VirtioHost;
import java.nio.ByteBuffer;

/** The way from the host's end of a port to the guest's. */
public final class PortLine {
    private final VirtioHost host;
    private final ConsoleDevice device;
    private final int port;

    PortLine(VirtioHost host, ConsoleDevice device, int port) {
        this.host = host;
        this.device = device;
        this.port = port;
    }

    /** Runs a task where the device's methods may be called, as {@link VirtioHost#post} does; from any thread. */
    public boolean post(Runnable task) {
        return host.post(task);
    }

    /** As {@link ConsoleDevice#input}. */
    public void input(ByteBuffer bytes) {
        device.input(port, bytes);
    }

    /** As {@link ConsoleDevice#outputReady}. */
    public void outputReady() {
        device.outputReady(port);
    }
}
