/** Sockets between a guest and its host: virtio-vsock. */
module dev.jvmm.vsock {
    requires transitive dev.jvmm.virtio;

    exports dev.jvmm.vsock;
}
