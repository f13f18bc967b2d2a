package dev.jvmm.runtime.backend;

import dev.jvmm.assist.EmulatedHost;
import dev.jvmm.machine.MachineConfig;
import dev.jvmm.runtime.Capability;
import dev.jvmm.runtime.Console;
import dev.jvmm.runtime.HypervisorException;
import dev.jvmm.runtime.backend.QemuOptions.Accelerator;
import dev.jvmm.vm.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** A guest of QEMU's microvm machine, in a process of its own. */
public final class QemuHypervisor extends SingleGuest {
    private static final Path KVM = Path.of("/dev/kvm");

    private final QemuOptions options;

    /** Guards the start of the process against a stop. */
    private final Object processLock = new Object();

    private volatile QemuProcess process;
    private volatile SortedMap<Integer, Long> vcpuThreads = Collections.unmodifiableSortedMap(new TreeMap<>());
    private QemuMonitor monitor;

    /** A guest that this QEMU will run. */
    public QemuHypervisor(QemuOptions options) {
        this.options = options;
    }

    @Override
    public String name() {
        return "qemu";
    }

    @Override
    public void check() {
        if (!Files.isRegularFile(options.binary()) || !Files.isExecutable(options.binary())) {
            throw new HypervisorException(options.binary()
                    + " is not a program that this user may run: install QEMU or name another path");
        }
        if (options.accelerator() == Accelerator.KVM && !(Files.isReadable(KVM) && Files.isWritable(KVM))) {
            throw new HypervisorException(Files.exists(KVM)
                    ? KVM + " may not be opened by this user: add the user to its group"
                    : "there is no " + KVM + ": load KVM's modules or turn virtualization on in the firmware");
        }
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of(Capability.HUGEPAGES, Capability.PREALLOCATION);
    }

    @Override
    void accept(MachineConfig wanted) {
        if (!Files.isExecutable(options.binary())) {
            throw new HypervisorException(
                    "there is no program " + options.binary() + ": install QEMU or name its path");
        }
    }

    @Override
    void launch(MachineConfig wanted) {
        try {
            QemuProcess started;
            synchronized (processLock) {
                if (stopRequested()) {
                    throw new HypervisorException("stopped before it ran");
                }
                started = QemuProcess
                        .start(socket -> QemuCommand.of(options, EmulatedHost.isThisOne(), wanted, socket));
                process = started;
            }
            monitor = started.acceptMonitor();
            monitor.open();
            vcpuThreads = monitor.vcpuThreads();
            monitor.resume();
        } catch (IOException e) {
            throw new HypervisorException(explain(e), e);
        }
    }

    /** QEMU's own words are better than what its death looks like from here. */
    private String explain(IOException e) {
        QemuProcess started = process;
        if (started == null) {
            return options.binary() + " can not be run: " + e.getMessage();
        }
        started.kill();
        try {
            int status = started.awaitExit();
            String words = started.complaints();
            return "QEMU could not start the guest: "
                    + (words.isEmpty() ? "it ended with status " + status + " (" + e.getMessage() + ")" : words);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return String.valueOf(e.getMessage());
        }
    }

    @Override
    Outcome awaitEnd() throws InterruptedException {
        QemuEnd end = new QemuEnd(monitor);
        end.follow();
        if (end.hangs()) {
            process.kill();
        }
        int status = process.awaitExit();
        return end.outcome(stopRequested(), status, process.complaints());
    }

    @Override
    void halt() {
        synchronized (processLock) {
            if (process != null) {
                process.terminate();
            }
        }
    }

    @Override
    void kill() {
        synchronized (processLock) {
            if (process != null) {
                process.kill();
            }
        }
    }

    @Override
    void release() {
        synchronized (processLock) {
            if (process != null) {
                process.close();
            }
        }
    }

    @Override
    public Console console() {
        expectStarted("console");
        QemuProcess started = process;
        if (started == null) {
            throw new IllegalStateException("console() of a guest that did not start");
        }
        return started.console();
    }

    @Override
    public List<Long> processIds() {
        return running() ? List.of(process.pid()) : List.of();
    }

    @Override
    public SortedMap<Integer, Long> vcpuThreadIds() {
        return running() ? vcpuThreads : Collections.unmodifiableSortedMap(new TreeMap<>());
    }
}
