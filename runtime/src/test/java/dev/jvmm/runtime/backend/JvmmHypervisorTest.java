package dev.jvmm.runtime.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.machine.KvmMachineFactory;
import dev.jvmm.machine.MachineListener;
import dev.jvmm.runtime.Capability;
import dev.jvmm.runtime.Hypervisor;
import dev.jvmm.testing.RequiresKvm;
import java.util.List;
import org.junit.jupiter.api.Test;

@RequiresKvm
class JvmmHypervisorTest extends HypervisorContract {
    @Override
    Hypervisor make() {
        return new JvmmHypervisor(new KvmMachineFactory(), new MachineListener() {});
    }

    @Test
    void theGuestIsInThisProcess() throws Exception {
        Hypervisor hypervisor = started(1);
        assertTrue(hypervisor.capabilities().contains(Capability.IN_PROCESS));
        assertEquals(List.of(ProcessHandle.current().pid()), hypervisor.processIds());
    }
}
