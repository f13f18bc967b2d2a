package dev.jvmm.cli;

import dev.jvmm.machine.Machine;
import dev.jvmm.machine.SerialGuest;
import dev.jvmm.machine.SerialHost;
import dev.jvmm.runtime.Hypervisor;
import dev.jvmm.runtime.HypervisorException;
import dev.jvmm.vm.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/** A guest of a hypervisor as a machine: its console's streams are plugged into a serial port's host end. */
final class HypervisorMachine implements Machine {
    /** Long enough for the host to hand over all of its memory beforehand. */
    private static final Duration START = Duration.ofMinutes(2);

    private static final Duration ROUND = Duration.ofHours(1);
    private static final long DRAIN_MILLIS = 2000;

    private final Hypervisor hypervisor;
    private final SerialHost port;
    private final Line line = new Line();
    private final Thread output = new Thread(this::carryOutput, "console-carrier");

    HypervisorMachine(Hypervisor hypervisor, SerialHost port) {
        this.hypervisor = hypervisor;
        this.port = port;
    }

    @Override
    public void start() {
        try {
            hypervisor.start(START);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HypervisorException("interrupted while the guest started", e);
        }
        port.connect(line);
        output.setDaemon(true);
        output.start();
    }

    private void carryOutput() {
        byte[] chunk = new byte[4096];
        try {
            InputStream screen = hypervisor.console().output();
            for (int count = screen.read(chunk); count >= 0; count = screen.read(chunk)) {
                line.send(ByteBuffer.wrap(chunk, 0, count));
            }
        } catch (IOException | IllegalStateException e) {
            // Cleaned up under the reader: what was to be shown has been.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The guest's end of the serial port. */
    private final class Line implements SerialGuest {
        private boolean hasRoom;
        private int held;

        /** On the port's own thread, which may wait for the guest. */
        @Override
        public int toGuest(byte[] bytes, int offset, int length) {
            try {
                OutputStream keys = hypervisor.console().input();
                keys.write(bytes, offset, length);
                keys.flush();
            } catch (IOException | IllegalStateException e) {
                // The guest has ended: nobody will read this, so it counts as taken.
                return length;
            }
            return length;
        }

        /** Waits for the port to take all. */
        void send(ByteBuffer bytes) throws InterruptedException {
            while (bytes.hasRemaining()) {
                synchronized (this) {
                    // Before the offer: room that opens between the two is not missed.
                    hasRoom = false;
                }
                port.fromGuest(bytes);
                synchronized (this) {
                    held = bytes.remaining();
                    while (held > 0 && !hasRoom) {
                        wait();
                    }
                }
            }
            port.outputComplete();
        }

        /** The sender waits for nothing else than this. */
        @Override
        public synchronized int flush() {
            hasRoom = true;
            notifyAll();
            return held;
        }
    }

    @Override
    public Outcome await() throws InterruptedException {
        Optional<Outcome> outcome = Optional.empty();
        while (outcome.isEmpty()) {
            outcome = hypervisor.await(ROUND);
        }
        output.join(DRAIN_MILLIS);
        return outcome.get();
    }

    @Override
    public void stop() {
        hypervisor.stop();
    }

    @Override
    public int[] vcpuThreadIds() {
        return hypervisor.vcpuThreadIds().values().stream().mapToInt(Long::intValue).toArray();
    }

    @Override
    public void close() {
        hypervisor.cleanup();
    }
}
