package dev.jvmm.vm;

import dev.jvmm.bus.BusDevice;
import dev.jvmm.memory.GuestMemoryException;
import dev.jvmm.state.Stateless;
import dev.jvmm.vm.Outcome.Kind;

/**
 * What answers where RAM is: nobody, as a rule. KVM takes an access of its emulator for one to a device when the host can not
 * supply the page, which happens when the file behind a clone was cut short. A guest that got all ones there would go on
 * with wrong data, so the machine ends.
 *
 * <p>Nothing is saved: there is nothing in it.
 */
final class LostMemory implements BusDevice, Stateless {
    private final VirtualMachine vm;

    LostMemory(VirtualMachine vm) {
        this.vm = vm;
    }

    @Override
    public long read(long offset, int size) {
        end();
        return -1;
    }

    @Override
    public void write(long offset, int size, long value) {
        end();
    }

    private void end() {
        vm.end(new Outcome(Kind.FAILED, GuestMemoryException.LOST));
    }
}
