package dev.jvmm.runtime.backend;

import dev.jvmm.runtime.backend.QemuOptions.Accelerator;

class QemuTcgTest extends QemuContract {
    QemuTcgTest() {
        super(Accelerator.TCG);
    }
}
