package dev.jvmm.kvm;

/**
 * Why a vCPU came back from KVM_RUN. The instances are views over the vCPU's shared page, made once per vCPU and valid until its
 * next run; only the thread that runs the vCPU may use them.
 *
 * <p>Two ways to tell them apart: a pattern {@code switch}, exhaustive because the interface is sealed; or
 * {@link #accept}, exhaustive because the visitor must have every method, which also spins no classes at start.
 */
public sealed interface VcpuExit {
    /** Calls the visitor's method for this exit. */
    void accept(Visitor visitor);

    /** What to do about each kind of exit. */
    interface Visitor {
        void portIo(PortIo exit);

        void mmio(Mmio exit);

        void interrupted(Interrupted exit);

        void halted(Halted exit);

        void shutdown(Shutdown exit);

        void systemEvent(SystemEvent exit);

        void debug(Debug exit);

        void emulationFailed(EmulationFailed exit);

        void entryFailed(EntryFailed exit);

        void unhandled(Unhandled exit);
    }

    /** {@code in}, {@code out} or a string form of them; {@link #count} values of {@link #size} bytes each. */
    sealed interface PortIo extends VcpuExit permits ExitViews.PortIoView {
        boolean isWrite();

        /** 0 to 65535. */
        int port();

        /** 1, 2 or 4 bytes. */
        int size();

        /** Values moved by this exit, from 1. */
        int count();

        /** What the guest wrote, zero-extended. */
        int value(int index);

        /** What the guest reads; bits beyond {@link #size} are dropped. */
        void setValue(int index, int value);
    }

    /** An access to guest-physical memory that no slot backs. */
    sealed interface Mmio extends VcpuExit permits ExitViews.MmioView {
        boolean isWrite();

        /** Guest-physical address in bytes. */
        long address();

        /** 1 to 8 bytes. */
        int size();

        /** What the guest wrote, little-endian, zero-extended. */
        long value();

        /** What the guest reads. */
        void setValue(long value);
    }

    /** A signal, a kick or {@code immediate_exit}: the loop looks at its flags again. */
    sealed interface Interrupted extends VcpuExit permits ExitViews.InterruptedView {}

    /** {@code hlt}, where the interrupt chips are not the kernel's. */
    sealed interface Halted extends VcpuExit permits ExitViews.HaltedView {}

    /** A triple fault. */
    sealed interface Shutdown extends VcpuExit permits ExitViews.ShutdownView {}

    /** The guest asked KVM for a shutdown, reset or crash ({@code KVM_SYSTEM_EVENT_*}). */
    sealed interface SystemEvent extends VcpuExit permits ExitViews.SystemEventView {
        int type();
    }

    /** Single step or breakpoint. */
    sealed interface Debug extends VcpuExit permits ExitViews.DebugView {
        /** Linear address. */
        long pc();
    }

    /** KVM's emulator could not finish an instruction (KVM_EXIT_INTERNAL_ERROR), or another internal error. */
    sealed interface EmulationFailed extends VcpuExit permits ExitViews.EmulationFailedView {
        /** {@code KVM_INTERNAL_ERROR_*}; 1 is the emulator. */
        int suberror();

        /** Bytes of the instruction that KVM fetched, 0 when it does not say. */
        int instructionLength();

        /** One of them. */
        byte instructionByte(int index);
    }

    /** The processor refused the guest's state. */
    sealed interface EntryFailed extends VcpuExit permits ExitViews.EntryFailedView {
        /** The hardware's reason. */
        long reason();
    }

    /** A reason this code does not know. */
    sealed interface Unhandled extends VcpuExit permits ExitViews.UnhandledView {
        /** {@code kvm_run.exit_reason}. */
        int reason();
    }
}
