package dev.jvmm.runtime.backend;

import dev.jvmm.runtime.backend.QemuOptions.Accelerator;
import dev.jvmm.testing.RequiresKvm;

@RequiresKvm
class QemuKvmTest extends QemuContract {
    QemuKvmTest() {
        super(Accelerator.KVM);
    }
}
