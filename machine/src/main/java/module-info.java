/** The library: a configuration becomes an assembled virtual machine. */
module dev.jvmm.machine {
    requires transitive dev.jvmm.bootloader;
    requires transitive dev.jvmm.usernet;
    requires transitive dev.jvmm.virtio;
    requires transitive dev.jvmm.vsock;

    exports dev.jvmm.channel;
    exports dev.jvmm.config;
    exports dev.jvmm.device;
    exports dev.jvmm.image;
    exports dev.jvmm.machine;
    exports dev.jvmm.snapshot;
}
