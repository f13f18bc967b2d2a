package dev.jvmm.vcpu;

import dev.jvmm.bus.AddressBus;
import dev.jvmm.kvm.KvmVcpu;
import dev.jvmm.kvm.VcpuExit;
import dev.jvmm.linux.Errno;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.memory.GuestMemoryException;

/**
 * The thread of one vCPU: runs the guest, hands its port and MMIO accesses to the buses, and obeys {@link #pause},
 * {@link #resume} and {@link #stop}. A platform thread, since KVM_RUN would pin a virtual one's carrier; its name is
 * {@code vcpuN}, which runtimes look for. The loop allocates nothing.
 */
public final class VcpuThread implements Runnable, VcpuExit.Visitor {
    private enum Order {
        RUN,
        PAUSE,
        STOP
    }

    private static final long ALL_ONES = -1L;

    private final KvmVcpu vcpu;
    private final AddressBus ports;
    private final AddressBus mmio;
    private final VcpuSupervisor supervisor;
    private final Thread thread;

    private volatile Order order = Order.RUN;

    /** Whether the thread is outside KVM_RUN and stays there until the order changes; guarded by this object's monitor. */
    private boolean parked = true;

    /** Whether KVM waits to hear what the last exit's access gave; the thread's own. */
    private boolean unfinished;

    /** @param ports the bus of I/O ports; @param mmio the bus of guest-physical addresses without RAM */
    public VcpuThread(KvmVcpu vcpu, AddressBus ports, AddressBus mmio, VcpuSupervisor supervisor) {
        this.vcpu = vcpu;
        this.ports = ports;
        this.mmio = mmio;
        this.supervisor = supervisor;
        this.thread = new Thread(this, "vcpu" + vcpu.id());
        this.thread.setDaemon(true);
    }

    /** Starts the thread: it runs the guest, or waits at once if it was told to {@link #pause} before. */
    public synchronized void start() {
        parked = false;
        thread.start();
    }

    /**
     * Asks the thread to leave the guest and wait; {@link #awaitParked} tells when it does. The access of the last exit is
     * completed then, so the vCPU's state is whole.
     */
    public void pause() {
        give(Order.PAUSE);
    }

    /** Lets a paused vCPU run on. */
    public void resume() {
        give(Order.RUN);
    }

    /** Ends the thread; there is no way back. */
    public void stop() {
        give(Order.STOP);
    }

    private synchronized void give(Order next) {
        if (order != Order.STOP) {
            order = next;
        }
        notifyAll();
        vcpu.kick();
    }

    /** Waits until the vCPU is out of the guest: paused, ended or not started. */
    public synchronized void awaitParked() throws InterruptedException {
        while (!parked) {
            wait();
        }
    }

    /** Waits for the thread's end; returns whether it came within {@code millis} milliseconds. From this thread: true at once. */
    public boolean join(long millis) throws InterruptedException {
        if (Thread.currentThread() != thread) {
            thread.join(millis);
            return !thread.isAlive();
        }
        return true;
    }

    /** Whether the thread has been and gone. */
    public boolean ended() {
        return thread.getState() == Thread.State.TERMINATED;
    }

    /** The vCPU that this thread runs. */
    public KvmVcpu vcpu() {
        return vcpu;
    }

    @Override
    public void run() {
        boolean attached = false;
        try {
            vcpu.attach();
            attached = true;
            while (mayRun()) {
                runGuest();
            }
        } catch (RuntimeException | Error e) {
            supervisor.failed(vcpu,
                    isMemoryLost(e) ? GuestMemoryException.LOST : "vCPU " + vcpu.id() + " failed: " + e);
        } finally {
            if (attached) {
                vcpu.detach();
            }
            park();
        }
    }

    private void runGuest() {
        VcpuExit exit;
        try {
            exit = vcpu.run();
        } catch (SystemCallException e) {
            if (e.errno() == Errno.EFAULT && supervisor.supplyMemory(vcpu)) {
                return; // the guest stands in front of the instruction
            }
            throw e;
        }
        unfinished = true;
        exit.accept(this);
    }

    /** KVM gives EFAULT for a page that the host can not supply, and the JVM an InternalError where it got a SIGBUS. */
    private static boolean isMemoryLost(Throwable failure) {
        return failure instanceof InternalError
                || failure instanceof SystemCallException call && call.errno() == Errno.EFAULT;
    }

    private boolean mayRun() {
        if (order == Order.RUN) {
            return true;
        }
        if (order == Order.PAUSE) {
            completeLastExit();
        }
        return waitForOrder();
    }

    /**
     * Tells KVM what the last exit's access gave, so that registers and RIP are those behind the instruction. An instruction
     * with several accesses ends with another exit for each. On this thread, or on any once it has ended.
     */
    public void completeLastExit() {
        while (unfinished) {
            VcpuExit next = vcpu.completeIo();
            unfinished = !(next instanceof VcpuExit.Interrupted);
            next.accept(this);
        }
    }

    private synchronized boolean waitForOrder() {
        park();
        while (order == Order.PAUSE) {
            try {
                wait();
            } catch (InterruptedException e) {
                order = Order.STOP;
            }
        }
        parked = order == Order.STOP;
        return order == Order.RUN;
    }

    private synchronized void park() {
        parked = true;
        notifyAll();
    }

    @Override
    public void portIo(VcpuExit.PortIo exit) {
        int port = exit.port();
        int size = exit.size();
        int count = exit.count();
        if (exit.isWrite()) {
            for (int i = 0; i < count; i++) {
                ports.write(port, size, Integer.toUnsignedLong(exit.value(i)));
            }
        } else {
            for (int i = 0; i < count; i++) {
                exit.setValue(i, (int) ports.read(port, size));
            }
        }
    }

    @Override
    public void mmio(VcpuExit.Mmio exit) {
        int size = exit.size();
        boolean powerOfTwo = size == 1 || size == 2 || size == 4 || size == 8;
        if (exit.isWrite()) {
            if (powerOfTwo) {
                mmio.write(exit.address(), size, exit.value());
            }
        } else {
            exit.setValue(powerOfTwo ? mmio.read(exit.address(), size) : ALL_ONES);
        }
    }

    @Override
    public void interrupted(VcpuExit.Interrupted exit) {
        // The loop looks at its order again.
    }

    @Override
    public void halted(VcpuExit.Halted exit) {
        supervisor.failed(vcpu, "vCPU " + vcpu.id() + " halted, and nothing outside the kernel could wake it");
    }

    @Override
    public void shutdown(VcpuExit.Shutdown exit) {
        supervisor.tripleFault();
    }

    @Override
    public void systemEvent(VcpuExit.SystemEvent exit) {
        supervisor.systemEvent(exit.type());
    }

    @Override
    public void debug(VcpuExit.Debug exit) {
        supervisor.failed(vcpu, "vCPU " + vcpu.id() + " stopped for a debugger that is not there, at 0x"
                + Long.toHexString(exit.pc()));
    }

    @Override
    public void emulationFailed(VcpuExit.EmulationFailed exit) {
        if (!supervisor.finishInstruction(vcpu, exit)) {
            // finishInstruction has told the machine why; this only keeps the loop from running the instruction again.
            order = Order.STOP;
        }
    }

    @Override
    public void entryFailed(VcpuExit.EntryFailed exit) {
        supervisor.failed(vcpu, "the processor refused to enter the guest on vCPU " + vcpu.id() + ", hardware reason 0x"
                + Long.toHexString(exit.reason()));
    }

    @Override
    public void unhandled(VcpuExit.Unhandled exit) {
        supervisor.failed(vcpu, "KVM left the guest on vCPU " + vcpu.id() + " with exit reason " + exit.reason()
                + ", which jvmm does not know");
    }
}
