package dev.jvmm.kvm;

import static org.junit.jupiter.api.Assertions.fail;

/** Counts port writes and allows nothing else. */
final class CountingVisitor implements VcpuExit.Visitor {
    int exits;

    @Override
    public void portIo(VcpuExit.PortIo exit) {
        exits += exit.count();
    }

    @Override
    public void mmio(VcpuExit.Mmio exit) {
        fail("mmio");
    }

    @Override
    public void interrupted(VcpuExit.Interrupted exit) {
        fail("interrupted");
    }

    @Override
    public void halted(VcpuExit.Halted exit) {
        fail("halted");
    }

    @Override
    public void shutdown(VcpuExit.Shutdown exit) {
        fail("shutdown");
    }

    @Override
    public void systemEvent(VcpuExit.SystemEvent exit) {
        fail("system event");
    }

    @Override
    public void debug(VcpuExit.Debug exit) {
        fail("debug");
    }

    @Override
    public void emulationFailed(VcpuExit.EmulationFailed exit) {
        fail("emulation failed");
    }

    @Override
    public void entryFailed(VcpuExit.EntryFailed exit) {
        fail("entry failed");
    }

    @Override
    public void unhandled(VcpuExit.Unhandled exit) {
        fail("unhandled " + exit.reason());
    }
}
