package dev.jvmm.kvm;

import dev.jvmm.kvm.abi.KvmFlags;
import dev.jvmm.kvm.abi.KvmIoctl;
import dev.jvmm.kvm.abi.KvmMpState;
import dev.jvmm.kvm.abi.KvmMsrs;
import dev.jvmm.kvm.abi.KvmRun;
import dev.jvmm.kvm.abi.KvmSignalMask;
import dev.jvmm.linux.Errno;
import dev.jvmm.linux.Mapping;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.linux.Signals;
import dev.jvmm.linux.SyscallNumber;
import dev.jvmm.linux.Syscalls;
import dev.jvmm.linux.SystemCallException;
import java.nio.ByteBuffer;

/**
 * A virtual processor. One thread runs it: it calls {@link #attach} first, then {@link #run} again and again, then
 * {@link #detach}. State may be read and written by that thread, or by any thread while none is in {@link #run}.
 * {@link #kick} may be called from any thread at any time.
 */
public final class KvmVcpu extends KvmFd {
    /** Takes a thread out of KVM_RUN. Only KVM_RUN unblocks it, so it is never delivered; the JVM uses 62 of its kind. */
    private static final int KICK = Signals.FIRST_REAL_TIME + 2;

    private final int id;
    private final Mapping runPage;
    private final ByteBuffer run;
    private final ExitViews exits;

    /** For KVM_RUN alone, which blocks: the monitor of {@link dev.jvmm.linux.FileDescriptor} must stay free meanwhile. */
    private final Syscalls runCall = new Syscalls();

    private final Object kickLock = new Object();

    /** The attached thread's; that thread keeps {@link #KICK} blocked. */
    private Signals signals;

    /** The attached thread in the kernel, 0 when none; guarded by {@link #kickLock}. */
    private int threadId;

    KvmVcpu(int fd, int id, int mmapSize) {
        super(fd);
        this.id = id;
        this.runPage = Mapping.map(mmapSize, Mapping.PROT_READ | Mapping.PROT_WRITE, Mapping.MAP_SHARED, fd, 0);
        this.run = runPage.view(0, mmapSize);
        this.exits = new ExitViews(run);
    }

    /** The vCPU's number, which is its APIC id. */
    public int id() {
        return id;
    }

    /** Binds the calling thread: blocks the kick signal in it and lets only KVM_RUN unblock it. */
    public void attach() {
        signals = new Signals();
        long mask = signals.block(KICK) & ~Signals.bit(KICK);
        ByteBuffer struct = NativeBuffers.allocate(KvmSignalMask.SIGSET + Signals.SET_BYTES);
        struct.putInt(KvmSignalMask.LEN, Signals.SET_BYTES);
        struct.putLong(KvmSignalMask.SIGSET, mask);
        call(KvmIoctl.SET_SIGNAL_MASK, struct);
        synchronized (kickLock) {
            threadId = Signals.currentThread();
        }
    }

    /** The attached thread's number in the kernel, 0 when none is attached; any thread. */
    public int threadId() {
        synchronized (kickLock) {
            return threadId;
        }
    }

    /** Releases the calling thread; no kick reaches it afterwards. */
    public void detach() {
        synchronized (kickLock) {
            threadId = 0;
        }
        consumeKicks();
    }

    /**
     * Runs the guest until it needs something. Allocates nothing. Only from the attached thread.
     *
     * @return a view valid until the next call
     * @throws SystemCallException when KVM refuses to run this vCPU at all
     */
    public VcpuExit run() {
        long result = runCall.call(SyscallNumber.IOCTL, number(), KvmIoctl.RUN.request(), 0);
        if (result == 0) {
            return exits.current();
        }
        if (result == -Errno.EINTR) {
            run.put(KvmRun.IMMEDIATE_EXIT, (byte) 0);
            consumeKicks();
            return exits.interrupted;
        }
        if (result == -Errno.EAGAIN) {
            return exits.interrupted;
        }
        throw new SystemCallException("KVM_RUN on vCPU " + id, (int) -result);
    }

    private void consumeKicks() {
        boolean more = true;
        while (more) {
            more = signals.consume(KICK);
        }
    }

    /**
     * Makes the current {@link #run}, or else the next one, come back with {@link VcpuExit.Interrupted}. Set the flag that the
     * loop shall see before this call.
     */
    public void kick() {
        synchronized (kickLock) {
            if (threadId != 0) {
                // Before the signal: whoever enters KVM_RUN between the two comes straight out again.
                run.put(KvmRun.IMMEDIATE_EXIT, (byte) 1);
                Signals.send(threadId, KICK);
            }
        }
    }

    /**
     * Completes the I/O of the last exit without running further, so that state read afterwards is whole. Completing one access
     * of an instruction may lead to its next: then that exit comes back, and wants to be handled and completed in turn. From
     * the attached thread, or from any while none is in {@link #run}.
     *
     * @return {@link VcpuExit.Interrupted} when nothing is left to complete
     */
    public VcpuExit completeIo() {
        run.put(KvmRun.IMMEDIATE_EXIT, (byte) 1);
        long result = runCall.call(SyscallNumber.IOCTL, number(), KvmIoctl.RUN.request(), 0);
        run.put(KvmRun.IMMEDIATE_EXIT, (byte) 0);
        if (result == 0) {
            return exits.current();
        }
        if (result == -Errno.EINTR || result == -Errno.EAGAIN) {
            return exits.interrupted;
        }
        throw new SystemCallException("KVM_RUN on vCPU " + id, (int) -result);
    }

    /** Reads a piece of state into a buffer of {@link VcpuState#size} bytes. */
    public void load(VcpuState state, ByteBuffer into) {
        checkSize(state, into);
        call(state.getter(), into);
    }

    /** Whether it would run if it could: it has not halted, and does not wait to be started. With the chips in the kernel only. */
    public boolean isRunnable() {
        ByteBuffer state = NativeBuffers.allocate(VcpuState.MP_STATE.size());
        load(VcpuState.MP_STATE, state);
        return state.getInt(KvmMpState.MP_STATE) == KvmFlags.MP_STATE_RUNNABLE;
    }

    /** Writes a piece of state from a buffer of {@link VcpuState#size} bytes. */
    public void store(VcpuState state, ByteBuffer from) {
        checkSize(state, from);
        call(state.setter(), from);
    }

    /**
     * Reads the vector state into all of a direct buffer.
     *
     * @param into of {@link KvmVm#xsaveSize} bytes
     */
    public void loadXsave(ByteBuffer into) {
        checkSize(VcpuState.XSAVE, into);
        call(into.capacity() > VcpuState.XSAVE.size() ? KvmIoctl.GET_XSAVE2 : KvmIoctl.GET_XSAVE, into);
    }

    /** Writes the vector state, {@link KvmVm#xsaveSize} bytes; KVM_SET_XSAVE reads as many as this host's guests have. */
    public void storeXsave(ByteBuffer from) {
        checkSize(VcpuState.XSAVE, from);
        call(KvmIoctl.SET_XSAVE, from);
    }

    private static void checkSize(VcpuState state, ByteBuffer buffer) {
        if (!buffer.isDirect() || buffer.capacity() < state.size()) {
            throw new IllegalArgumentException(state + " needs a direct buffer of " + state.size() + " bytes");
        }
    }

    public void load(Registers into) {
        call(KvmIoctl.GET_REGS, into.buffer());
    }

    public void store(Registers from) {
        call(KvmIoctl.SET_REGS, from.buffer());
    }

    public void load(SpecialRegisters into) {
        call(KvmIoctl.GET_SREGS, into.buffer());
    }

    public void store(SpecialRegisters from) {
        call(KvmIoctl.SET_SREGS, from.buffer());
    }

    /** Reads the list's MSRs into it; returns how many from its start could be read. */
    public int load(MsrList into) {
        into.buffer().putInt(KvmMsrs.NMSRS, into.size());
        return (int) call(KvmIoctl.GET_MSRS, into.buffer());
    }

    /** Writes the list's MSRs; returns how many from its start were taken. */
    public int store(MsrList from) {
        from.buffer().putInt(KvmMsrs.NMSRS, from.size());
        return (int) call(KvmIoctl.SET_MSRS, from.buffer());
    }

    /** Gives the vCPU its CPUID leaves; before its first run. */
    public void setCpuid(CpuidTable table) {
        call(KvmIoctl.SET_CPUID2, table.buffer());
    }

    /** The CPUID leaves that the vCPU was given. */
    public CpuidTable cpuid() {
        CpuidTable table = CpuidTable.withRoom();
        call(KvmIoctl.GET_CPUID2, table.buffer());
        return table;
    }

    /** The frequency of the guest's time-stamp counter in kHz. */
    public int tscKhz() {
        return (int) call(KvmIoctl.GET_TSC_KHZ, 0);
    }

    /** Sets that frequency; returns 0 or the negated errno, since not every host can give another than its own. */
    public long setTscKhz(int kilohertz) {
        return ioctl(KvmIoctl.SET_TSC_KHZ.request(), kilohertz);
    }

    /**
     * Tells the guest's kvmclock that the guest stood still, so that its watchdogs forgive the gap; after kvmclock's MSRs are in
     * place.
     *
     * @return 0, or the negated errno: {@code -EINVAL} when the guest does not use kvmclock
     */
    public long markStopped() {
        return ioctl(KvmIoctl.KVMCLOCK_CTRL.request(), 0);
    }

    /** Closes the vCPU; its thread must have detached. */
    @Override
    public synchronized void close() {
        super.close();
        runPage.close();
    }
}
