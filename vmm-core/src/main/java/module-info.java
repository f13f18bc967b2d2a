/** Guest memory, address buses, interrupts, event loop, vCPU threads and the life of a VM. */
module dev.jvmm.core {
    requires transitive dev.jvmm.bindings;

    exports dev.jvmm.memory;
}
