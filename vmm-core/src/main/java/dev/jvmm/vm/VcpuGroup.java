package dev.jvmm.vm;

import dev.jvmm.vcpu.VcpuThread;
import java.util.ArrayList;
import java.util.List;

/** The threads of a machine's vCPUs, ordered about together. The list grows while the machine is made and not later. */
final class VcpuGroup {
    private static final long JOIN_MILLIS = 10_000;

    private final List<VcpuThread> threads = new ArrayList<>();

    void add(VcpuThread thread) {
        threads.add(thread);
    }

    int size() {
        return threads.size();
    }

    VcpuThread get(int id) {
        return threads.get(id);
    }

    void start() {
        for (VcpuThread thread : threads) {
            thread.start();
        }
    }

    /** Returns when all are out of the guest: paused, ended or not started. */
    void pause() throws InterruptedException {
        for (VcpuThread thread : threads) {
            thread.pause();
        }
        for (VcpuThread thread : threads) {
            thread.awaitParked();
        }
    }

    void resume() {
        for (VcpuThread thread : threads) {
            thread.resume();
        }
    }

    void stop() {
        for (VcpuThread thread : threads) {
            thread.stop();
        }
    }

    boolean ended() {
        for (VcpuThread thread : threads) {
            if (!thread.ended()) {
                return false;
            }
        }
        return true;
    }

    /** Completes what was left of the last exits; all are out of the guest. */
    void completeLastExits() {
        for (VcpuThread thread : threads) {
            thread.completeLastExit();
        }
    }

    /** @throws IllegalStateException when one does not end within 10 s */
    void awaitEnd() {
        boolean interrupted = false;
        for (VcpuThread thread : threads) {
            try {
                if (!thread.join(JOIN_MILLIS)) {
                    throw new IllegalStateException("vCPU " + thread.vcpu().id() + " does not leave the guest");
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    void close() {
        for (VcpuThread thread : threads) {
            thread.vcpu().close();
        }
    }
}
