package dev.jvmm.runtime.backend;

import dev.jvmm.config.ConfigException;
import dev.jvmm.kvm.KvmSystem;
import dev.jvmm.kvm.KvmUnavailableException;
import dev.jvmm.machine.Machine;
import dev.jvmm.machine.MachineConfig;
import dev.jvmm.machine.MachineFactory;
import dev.jvmm.machine.MachineListener;
import dev.jvmm.machine.SerialHost;
import dev.jvmm.runtime.Capability;
import dev.jvmm.runtime.Console;
import dev.jvmm.runtime.HypervisorException;
import dev.jvmm.vm.Outcome;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/** A guest of jvmm itself, inside this process. */
public final class JvmmHypervisor extends SingleGuest {
    private static final long THREADS_UP_NANOS = 1_000_000_000;
    private static final long POLL_NANOS = 100_000;

    private final MachineFactory factory;
    private final MachineListener listener;
    private final JvmmConsole console = new JvmmConsole();

    /** Guarded by {@link #machineLock}, as is its start. */
    private Machine machine;

    private final Object machineLock = new Object();

    /**
     * A guest that {@code factory} will make.
     *
     * @param listener hears how it comes up, on the supervisor's thread
     */
    public JvmmHypervisor(MachineFactory factory, MachineListener listener) {
        this.factory = factory;
        this.listener = listener;
    }

    @Override
    public String name() {
        return "jvmm";
    }

    @Override
    public void check() {
        try {
            KvmSystem.open().close();
        } catch (KvmUnavailableException e) {
            throw new HypervisorException(e.getMessage(), e);
        }
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of(Capability.IN_PROCESS, Capability.HUGEPAGES, Capability.PREALLOCATION);
    }

    @Override
    void accept(MachineConfig wanted) {
        // The machine judges the files when it reads them.
    }

    @Override
    void launch(MachineConfig wanted) {
        Machine made;
        try {
            made = factory.create(wanted, listener, console, SerialHost.NONE);
        } catch (ConfigException e) {
            throw new HypervisorException(e.getMessage(), e);
        }
        synchronized (machineLock) {
            machine = made;
            if (stopRequested()) {
                throw new HypervisorException("stopped before it ran");
            }
            machine.start();
        }
    }

    @Override
    Outcome awaitEnd() throws InterruptedException {
        Outcome outcome = machine.await();
        console.disconnect();
        return outcome;
    }

    @Override
    void halt() {
        synchronized (machineLock) {
            if (machine != null) {
                machine.stop();
            }
        }
    }

    @Override
    void kill() {
        // The machine obeys or is broken; there is no stronger word.
    }

    @Override
    void release() {
        console.disconnect();
        synchronized (machineLock) {
            if (machine != null) {
                machine.close();
                machine = null;
            }
        }
    }

    @Override
    public Console console() {
        expectStarted("console");
        return console.streams();
    }

    @Override
    public List<Long> processIds() {
        return running() ? List.of(ProcessHandle.current().pid()) : List.of();
    }

    @Override
    public SortedMap<Integer, Long> vcpuThreadIds() {
        SortedMap<Integer, Long> threads = new TreeMap<>();
        long deadline = System.nanoTime() + THREADS_UP_NANOS;
        boolean complete = false;
        // A thread that was started a moment ago has no number yet.
        while (!complete && running() && System.nanoTime() - deadline < 0) {
            threads.clear();
            complete = collect(threads);
            if (!complete) {
                LockSupport.parkNanos(POLL_NANOS);
            }
        }
        return Collections.unmodifiableSortedMap(running() ? threads : new TreeMap<>());
    }

    /** Returns whether every vCPU has a thread. */
    private boolean collect(SortedMap<Integer, Long> threads) {
        synchronized (machineLock) {
            if (machine == null) {
                return false;
            }
            int[] ids = machine.vcpuThreadIds();
            for (int vcpu = 0; vcpu < ids.length; vcpu++) {
                if (ids[vcpu] != 0) {
                    threads.put(vcpu, (long) ids[vcpu]);
                }
            }
            return threads.size() == ids.length;
        }
    }
}
