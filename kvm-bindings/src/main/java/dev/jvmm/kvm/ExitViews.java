package dev.jvmm.kvm;

import dev.jvmm.kvm.abi.ExitReason;
import dev.jvmm.kvm.abi.KvmFlags;
import dev.jvmm.kvm.abi.KvmRun;
import java.nio.ByteBuffer;

/** The exits of one vCPU as views over its {@code struct kvm_run}. */
final class ExitViews {
    final InterruptedView interrupted = new InterruptedView();
    private final HaltedView halted = new HaltedView();
    private final ShutdownView shutdown = new ShutdownView();
    private final PortIoView portIo;
    private final MmioView mmio;
    private final SystemEventView systemEvent;
    private final DebugView debug;
    private final EmulationFailedView emulationFailed;
    private final EntryFailedView entryFailed;
    private final UnhandledView unhandled;
    private final ByteBuffer run;

    ExitViews(ByteBuffer run) {
        this.run = run;
        portIo = new PortIoView(run);
        mmio = new MmioView(run);
        systemEvent = new SystemEventView(run);
        debug = new DebugView(run);
        emulationFailed = new EmulationFailedView(run);
        entryFailed = new EntryFailedView(run);
        unhandled = new UnhandledView(run);
    }

    /** The exit that the page describes now. */
    VcpuExit current() {
        return switch (run.getInt(KvmRun.EXIT_REASON)) {
            case ExitReason.IO -> portIo;
            case ExitReason.MMIO -> mmio;
            case ExitReason.HLT -> halted;
            case ExitReason.SHUTDOWN -> shutdown;
            case ExitReason.INTR -> interrupted;
            case ExitReason.SYSTEM_EVENT -> systemEvent;
            case ExitReason.DEBUG -> debug;
            case ExitReason.INTERNAL_ERROR -> emulationFailed;
            case ExitReason.FAIL_ENTRY -> entryFailed;
            default -> unhandled;
        };
    }

    record PortIoView(ByteBuffer run) implements VcpuExit.PortIo {
        @Override
        public void accept(VcpuExit.Visitor visitor) {
            visitor.portIo(this);
        }

        @Override
        public boolean isWrite() {
            return run.get(KvmRun.IO_DIRECTION) == KvmFlags.EXIT_IO_OUT;
        }

        @Override
        public int port() {
            return Short.toUnsignedInt(run.getShort(KvmRun.IO_PORT));
        }

        @Override
        public int size() {
            return run.get(KvmRun.IO_SIZE);
        }

        @Override
        public int count() {
            return run.getInt(KvmRun.IO_COUNT);
        }

        private int at(int index, int size) {
            return (int) run.getLong(KvmRun.IO_DATA_OFFSET) + index * size;
        }

        @Override
        public int value(int index) {
            int size = size();
            int at = at(index, size);
            return switch (size) {
                case 1 -> Byte.toUnsignedInt(run.get(at));
                case 2 -> Short.toUnsignedInt(run.getShort(at));
                default -> run.getInt(at);
            };
        }

        @Override
        public void setValue(int index, int value) {
            int size = size();
            int at = at(index, size);
            switch (size) {
                case 1 -> run.put(at, (byte) value);
                case 2 -> run.putShort(at, (short) value);
                default -> run.putInt(at, value);
            }
        }
    }

    record MmioView(ByteBuffer run) implements VcpuExit.Mmio {
        @Override
        public void accept(VcpuExit.Visitor visitor) {
            visitor.mmio(this);
        }

        @Override
        public boolean isWrite() {
            return run.get(KvmRun.MMIO_IS_WRITE) != 0;
        }

        @Override
        public long address() {
            return run.getLong(KvmRun.MMIO_PHYS_ADDR);
        }

        @Override
        public int size() {
            return run.getInt(KvmRun.MMIO_LEN);
        }

        @Override
        public long value() {
            int bits = size() * Byte.SIZE;
            long value = run.getLong(KvmRun.MMIO_DATA);
            return bits >= Long.SIZE ? value : value & (1L << bits) - 1;
        }

        @Override
        public void setValue(long value) {
            run.putLong(KvmRun.MMIO_DATA, value);
        }
    }

    record InterruptedView() implements VcpuExit.Interrupted {
        @Override
        public void accept(VcpuExit.Visitor visitor) {
            visitor.interrupted(this);
        }
    }

    record HaltedView() implements VcpuExit.Halted {
        @Override
        public void accept(VcpuExit.Visitor visitor) {
            visitor.halted(this);
        }
    }

    record ShutdownView() implements VcpuExit.Shutdown {
        @Override
        public void accept(VcpuExit.Visitor visitor) {
            visitor.shutdown(this);
        }
    }

    record SystemEventView(ByteBuffer run) implements VcpuExit.SystemEvent {
        @Override
        public void accept(VcpuExit.Visitor visitor) {
            visitor.systemEvent(this);
        }

        @Override
        public int type() {
            return run.getInt(KvmRun.SYSTEM_EVENT_TYPE);
        }
    }

    record DebugView(ByteBuffer run) implements VcpuExit.Debug {
        @Override
        public void accept(VcpuExit.Visitor visitor) {
            visitor.debug(this);
        }

        @Override
        public long pc() {
            return run.getLong(KvmRun.DEBUG_ARCH_PC);
        }
    }

    record EmulationFailedView(ByteBuffer run) implements VcpuExit.EmulationFailed {
        /** Words of {@code internal.data} that {@code flags}, {@code insn_size} and {@code insn_bytes} take. */
        private static final int WORDS_WITH_BYTES = 3;

        private static final int MAX_LENGTH = 15;

        @Override
        public void accept(VcpuExit.Visitor visitor) {
            visitor.emulationFailed(this);
        }

        @Override
        public int suberror() {
            return run.getInt(KvmRun.INTERNAL_SUBERROR);
        }

        @Override
        public int instructionLength() {
            boolean told = suberror() == KvmFlags.INTERNAL_ERROR_EMULATION
                    && run.getInt(KvmRun.EMULATION_FAILURE_NDATA) >= WORDS_WITH_BYTES
                    && (run.getLong(KvmRun.EMULATION_FAILURE_FLAGS)
                            & KvmFlags.INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES) != 0;
            return told ? Math.min(MAX_LENGTH, run.get(KvmRun.EMULATION_FAILURE_INSN_SIZE)) : 0;
        }

        @Override
        public byte instructionByte(int index) {
            return run.get(KvmRun.EMULATION_FAILURE_INSN_BYTES + index);
        }
    }

    record EntryFailedView(ByteBuffer run) implements VcpuExit.EntryFailed {
        @Override
        public void accept(VcpuExit.Visitor visitor) {
            visitor.entryFailed(this);
        }

        @Override
        public long reason() {
            return run.getLong(KvmRun.FAIL_ENTRY_HARDWARE_ENTRY_FAILURE_REASON);
        }
    }

    record UnhandledView(ByteBuffer run) implements VcpuExit.Unhandled {
        @Override
        public void accept(VcpuExit.Visitor visitor) {
            visitor.unhandled(this);
        }

        @Override
        public int reason() {
            return run.getInt(KvmRun.EXIT_REASON);
        }
    }
}
