package dev.jvmm.vcpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jvmm.kvm.CpuidTable;
import dev.jvmm.kvm.CpuidTable.Register;
import dev.jvmm.kvm.KvmSystem;
import dev.jvmm.testing.RequiresKvm;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On the leaves of this host's KVM. */
@RequiresKvm
class CpuidPolicyTest {
    @ParameterizedTest
    @CsvSource({ "1, 0, 0", "2, 1, 1", "4, 3, 2", "5, 4, 3", "64, 63, 6", "254, 253, 8" })
    void everyProcessorIsACoreOfOneSocket(int processors, int id, int bits) {
        try (KvmSystem kvm = KvmSystem.open()) {
            CpuidTable table = new CpuidPolicy(kvm.supportedCpuid(), processors, true).forVcpu(id);
            int features = table.find(1, 0);
            int ebx = table.value(features, Register.EBX);
            assertEquals(id, ebx >>> 24);
            assertEquals(processors, ebx >>> 16 & 0xFF);
            assertEquals(1, table.value(features, Register.ECX) >>> 31, "hypervisor bit");
            assertEquals(1, table.value(features, Register.ECX) >>> 24 & 1, "TSC-deadline timer");
            assertEquals(processors > 1 ? 1 : 0, table.value(features, Register.EDX) >>> 28 & 1);
            int cores = table.find(0xB, 1);
            if (cores >= 0) {
                assertEquals(bits, table.value(cores, Register.EAX));
                assertEquals(processors, table.value(cores, Register.EBX));
                assertEquals(0x201, table.value(cores, Register.ECX));
                assertEquals(id, table.value(cores, Register.EDX));
            }
        }
    }
}
