/** Guest memory, address buses, interrupts, event loop, vCPU threads and the life of a VM. */
module dev.jvmm.core {
    requires transitive dev.jvmm.bindings;

    exports dev.jvmm.assist;
    exports dev.jvmm.bus;
    exports dev.jvmm.event;
    exports dev.jvmm.irq;
    exports dev.jvmm.legacy;
    exports dev.jvmm.memory;
    exports dev.jvmm.state;
    exports dev.jvmm.vcpu;
    exports dev.jvmm.vm;
}
