/** Linux and KVM through the Foreign Function and Memory API: the only module that may call restricted methods. */
module dev.jvmm.bindings {
    exports dev.jvmm.kvm;
    exports dev.jvmm.linux;
}
